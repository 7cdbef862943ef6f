//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/spikard/spikard-go/spikard"
)

const leaveApp = `
from spikard import WebSocket, WebSocketDisconnect
app = Spikard()
seen = {"begun": 0, "ended": 0, "other": []}

@app.websocket("/socket")
async def socket(socket: WebSocket):
    seen["begun"] += 1
    try:
        await socket.accept()
        while True:
            await socket.receive()
    except WebSocketDisconnect:
        seen["ended"] += 1
    except BaseException as exc:
        seen["other"].append(repr(exc))
        raise

async def begun(): seen["begun"] += 1
async def ended(): seen["ended"] += 1

@app.websocket("/messages", on_connect=begun, on_disconnect=ended)
async def messages(message): return message

@app.get("/seen")
def get_seen(): return seen
`

// TestWebSocketLeavesAtOnce has clients close their connection as soon as they have the
// answer to the handshake: handlers hear of each as of one that leaves later.
func TestWebSocketLeavesAtOnce(t *testing.T) {
	p := newProgram(t, spikard.Config{}, leaveApp).run(t)
	const clients, times = 16, 300
	var dialing sync.WaitGroup
	for i := range clients {
		path := []string{"/socket", "/messages"}[i%2]
		dialing.Go(func() {
			for range times {
				p.shakeHands(t, path)
			}
		})
	}
	dialing.Wait()
	var seen struct {
		Begun, Ended int
		Other        []string
	}
	p.until(t, "all have left", func() bool {
		if err := json.Unmarshal([]byte(p.get(t, "/seen").text), &seen); err != nil {
			t.Fatal(err)
		}
		return seen.Ended+len(seen.Other) == clients*times
	})
	if seen.Begun != clients*times || len(seen.Other) > 0 {
		t.Errorf("%d began, %d ended, and %v", seen.Begun, seen.Ended, seen.Other)
	}
}

// shakeHands begins a session and leaves.
func (p *program) shakeHands(t *testing.T, path string) {
	conn, err := net.Dial("tcp", p.server.Addr())
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second)) // else the reading fails
	_, err = io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
	if err != nil {
		t.Error(err)
		return
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Error(err)
		return
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		t.Errorf("%s: %s", path, resp.Status)
	}
}
