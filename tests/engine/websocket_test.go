//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/spikard/spikard-go/spikard"
)

const websocketApp = `
from dataclasses import dataclass
from collections.abc import AsyncIterator
from spikard import HTTPException, WebSocket, WebSocketDisconnect

app = Spikard()

class Session: ...
async def session() -> AsyncIterator[Session]:
    say("open")
    try:
        yield Session()
    except BaseException as exc:
        say(f"failed {type(exc).__name__}")
        raise
    finally:
        await asyncio.sleep(0)
        say("closed")
app.provide(Session, Provide(session))

@app.websocket("/echo/{room}", subprotocols=["chat.v2", "chat.v1"])
async def echo(socket: WebSocket, room: str, s: Session, q: int = 1):
    await socket.accept()
    say(f"{room} {q} {socket.subprotocol} {socket.headers['x-kind']}")
    async for message in socket.iter():
        await socket.send(message)
    say("done")

@dataclass
class Message:
    text: str
    times: int = 1

async def joined(socket):
    say("connect")
async def left():
    say("disconnect")

@app.websocket("/typed", on_connect=joined, on_disconnect=left)
async def typed(message: Message, s: Session):
    if message.text == "refuse":
        raise HTTPException(409, "not that")
    if message.text == "fail":
        raise KeyError(message.text)
    return {"got": message.text * message.times} if message.times else None

@app.websocket("/schema", message_schema={"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["a", "b"]}}})
async def schema(message):
    return b"binary" if message == b"raw" else [message["kind"]]

@app.websocket("/text")
def text(message: str):
    return message.upper()

@app.websocket("/refused")
async def refused(socket: WebSocket):
    raise HTTPException(401, "who are you")

@app.websocket("/unaccepted")
async def unaccepted(socket: WebSocket):
    pass

@app.websocket("/fails/{how}")
async def fails(socket: WebSocket, how: str):
    await socket.accept()
    if how == "http":
        raise HTTPException(403, "you may not")
    raise KeyError("broken")

@app.websocket("/closes")
async def closes(socket: WebSocket):
    await socket.accept()
    await socket.close(4001, "enough")
    try:
        await socket.receive()
    except WebSocketDisconnect as exc:
        say(f"{exc.code} {exc.reason}")

@app.websocket("/waits")
async def waits(socket: WebSocket, s: Session):
    await socket.accept()
    await socket.send("ready")
    try:
        await socket.receive()
    except WebSocketDisconnect as exc:
        say(f"code {exc.code}")
        raise

@app.websocket("/timeouts")
async def timeouts(socket: WebSocket):
    await socket.accept()
    for n in range(3):
        try:
            await asyncio.wait_for(socket.receive(), 0.01)
        except (asyncio.TimeoutError, TimeoutError):
            await socket.send(f"late {n}")
    await socket.send(await socket.receive())

@app.websocket("/room/{name}")
async def room(socket: WebSocket, name: str):
    await socket.accept()
    socket.join("all")
    socket.join(name)
    await socket.send("joined")
    async for text in socket.iter_text():
        if text == "leave":
            socket.leave("all")
        await socket.send(f"to {socket.broadcast(name, {'say': text})}")

@app.post("/shout")
def shout():
    return [app.broadcast("all", "loud"), app.broadcast("all", b"raw"), app.broadcast("nobody", "x")]

@app.websocket("/json")
async def json_values(socket: WebSocket):
    await socket.send_json(await socket.receive_json())
    await socket.receive_bytes()
`

func (p *program) dial(t *testing.T, path string, options *websocket.DialOptions) (*websocket.Conn, *http.Response) {
	t.Helper()
	conn, resp, err := websocket.Dial(t.Context(), "ws://"+p.server.Addr()+path, options)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return conn, resp
}

func say(t *testing.T, conn *websocket.Conn, kind websocket.MessageType, text string) {
	t.Helper()
	if err := conn.Write(t.Context(), kind, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func hear(t *testing.T, conn *websocket.Conn, kind websocket.MessageType, want string) {
	t.Helper()
	got, text, err := conn.Read(t.Context())
	if err != nil || got != kind || string(text) != want {
		t.Errorf("got %v %q %v, want %v %q", got, text, err, kind, want)
	}
}

func closed(t *testing.T, conn *websocket.Conn, code websocket.StatusCode, reason string) {
	t.Helper()
	_, text, err := conn.Read(t.Context())
	var got websocket.CloseError
	if got.Code = websocket.CloseStatus(err); got.Code != code || !strings.Contains(err.Error(), reason) {
		t.Errorf("got %q and %v, want the close code %d %s", text, err, code, reason)
	}
}

func TestWebSocketEcho(t *testing.T) {
	p := newProgram(t, spikard.Config{}, websocketApp).run(t)
	conn, resp := p.dial(t, "/echo/hall?q=3", &websocket.DialOptions{
		Subprotocols: []string{"chat.v1", "chat.v2"}, HTTPHeader: http.Header{"X-Kind": {"k"}},
	})
	if conn.Subprotocol() != "chat.v2" || resp.Header.Get("X-Request-Id") == "" {
		t.Errorf("%q %v", conn.Subprotocol(), resp.Header)
	}
	for _, text := range []string{"hello", "", strings.Repeat("ü", 10_000)} {
		say(t, conn, websocket.MessageText, text)
		hear(t, conn, websocket.MessageText, text)
		say(t, conn, websocket.MessageBinary, text)
		hear(t, conn, websocket.MessageBinary, text)
	}
	if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
	p.stop(t)
	p.trail.check(t, "open", "hall 3 chat.v2 k", "done", "closed")
}

// TestWebSocketBytes has messages of all lengths around the buffers', compressed and
// not, with bytes that would begin a close frame wherever a frame is cut.
func TestWebSocketBytes(t *testing.T) {
	p := newProgram(t, spikard.Config{WebSocketMaxMessage: 1 << 20}, websocketApp).run(t)
	random := rand.New(rand.NewPCG(1, 2))
	for _, mode := range []websocket.CompressionMode{websocket.CompressionDisabled, websocket.CompressionContextTakeover} {
		conn, _ := p.dial(t, "/echo/hall", &websocket.DialOptions{CompressionMode: mode, HTTPHeader: http.Header{"X-Kind": {"k"}}})
		conn.SetReadLimit(1 << 20)
		sizes := []int{125, 126, 127, 65_535, 65_536, 100_000}
		for n := 500; n < 1600; n += 7 {
			sizes = append(sizes, n)
		}
		for _, n := range sizes {
			same, mixed := bytes.Repeat([]byte{0x88}, n), make([]byte, n)
			for i := range mixed {
				mixed[i] = "\x88\x88\x88\xff"[random.IntN(4)]
			}
			for _, message := range [][]byte{same, mixed} {
				say(t, conn, websocket.MessageBinary, string(message))
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				kind, got, err := conn.Read(ctx)
				cancel()
				if err != nil || kind != websocket.MessageBinary || !bytes.Equal(got, message) {
					t.Fatalf("%d bytes with compression %d: got %d bytes of kind %v, %v", n, mode, len(got), kind, err)
				}
			}
		}
		conn.Close(websocket.StatusNormalClosure, "")
	}
}

func TestWebSocketMessages(t *testing.T) {
	p := newProgram(t, spikard.Config{}, websocketApp).run(t)
	conn, _ := p.dial(t, "/typed", nil)
	say(t, conn, websocket.MessageText, `{"text": "ab", "times": 2}`)
	hear(t, conn, websocket.MessageText, `{"got":"abab"}`)
	say(t, conn, websocket.MessageText, `{"text": "silence", "times": 0}`)
	say(t, conn, websocket.MessageText, `{nonsense`)
	hear(t, conn, websocket.MessageText, `{"type":"error","message":"Invalid JSON"}`)
	say(t, conn, websocket.MessageText, `{"times": "many"}`)
	_, text, err := conn.Read(t.Context())
	if err != nil || !strings.Contains(string(text), `"type":"missing","loc":["body","text"]`) || !strings.Contains(string(text), `"int_parsing"`) {
		t.Errorf("%s %v", text, err)
	}
	say(t, conn, websocket.MessageText, `{"text": "refuse"}`)
	hear(t, conn, websocket.MessageText, `{"type":"error","message":"not that","status":409}`)
	say(t, conn, websocket.MessageText, `{"text": "fail"}`)
	closed(t, conn, websocket.StatusInternalError, "internal error")

	conn, _ = p.dial(t, "/schema", nil)
	say(t, conn, websocket.MessageText, `{"kind": "b"}`)
	hear(t, conn, websocket.MessageText, `["b"]`)
	say(t, conn, websocket.MessageText, `{"kind": "c"}`)
	if _, text, err := conn.Read(t.Context()); err != nil || !strings.Contains(string(text), `"type":"enum"`) {
		t.Errorf("%s %v", text, err)
	}
	say(t, conn, websocket.MessageBinary, "raw")
	hear(t, conn, websocket.MessageBinary, "binary")
	conn.Close(websocket.StatusNormalClosure, "")

	conn, _ = p.dial(t, "/text", nil)
	say(t, conn, websocket.MessageText, `quiet`)
	hear(t, conn, websocket.MessageText, `QUIET`)
	p.stop(t)
	closed(t, conn, websocket.StatusGoingAway, "")
	p.trail.check(t, "open", "connect", "disconnect", "failed KeyError", "closed")
}

func TestWebSocketHandshake(t *testing.T) {
	p := newProgram(t, spikard.Config{WebSocketOrigins: []string{"https://*.example.com"}}, websocketApp).run(t)
	for path, want := range map[string]int{"/refused": 401, "/unaccepted": 403, "/nowhere": 404, "/echo/a?q=x": 422} {
		_, resp, err := websocket.Dial(t.Context(), "ws://"+p.server.Addr()+path, nil)
		if err == nil || resp.StatusCode != want {
			t.Errorf("%s: %v %v", path, resp, err)
		}
	}
	resp, _ := p.body(t, "/typed")
	if resp.StatusCode != http.StatusUpgradeRequired || resp.Header.Get("Upgrade") != "websocket" {
		t.Errorf("without an upgrade: %s %v", resp.Status, resp.Header)
	}
	for origin, ok := range map[string]bool{
		"": true, "http://" + p.server.Addr(): true, "https://a.example.com": true, "https://example.com": false,
		"http://a.example.com": false, "null": false, "https://evil.org": false,
	} {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		conn, resp, err := websocket.Dial(t.Context(), "ws://"+p.server.Addr()+"/json", &websocket.DialOptions{HTTPHeader: header})
		if (err == nil) != ok || !ok && resp.StatusCode != http.StatusForbidden {
			t.Errorf("%q: %v", origin, err)
		}
		if err == nil {
			conn.CloseNow()
		}
	}
}

func TestWebSocketEnds(t *testing.T) {
	p := newProgram(t, spikard.Config{WebSocketMaxMessage: 1000}, websocketApp).run(t)
	conn, _ := p.dial(t, "/fails/http", nil)
	closed(t, conn, websocket.StatusPolicyViolation, "you may not")
	conn, _ = p.dial(t, "/fails/key", nil)
	closed(t, conn, websocket.StatusInternalError, "internal error")
	if !strings.Contains(p.log.String(), "KeyError") {
		t.Error(p.log.String())
	}
	conn, _ = p.dial(t, "/closes", nil)
	closed(t, conn, 4001, "enough")
	conn, _ = p.dial(t, "/json", nil)
	say(t, conn, websocket.MessageText, `{"a": [1, "ü"]}`)
	hear(t, conn, websocket.MessageText, `{"a":[1,"ü"]}`)
	say(t, conn, websocket.MessageText, `no bytes`)
	closed(t, conn, websocket.StatusUnsupportedData, "expected a binary message")
	conn, _ = p.dial(t, "/timeouts", nil)
	for _, want := range []string{"late 0", "late 1", "late 2"} {
		hear(t, conn, websocket.MessageText, want)
	}
	say(t, conn, websocket.MessageText, "here")
	hear(t, conn, websocket.MessageText, "here")
	closed(t, conn, websocket.StatusNormalClosure, "")
	conn, _ = p.dial(t, "/waits", nil)
	hear(t, conn, websocket.MessageText, "ready")
	say(t, conn, websocket.MessageText, strings.Repeat("x", 1001))
	closed(t, conn, websocket.StatusMessageTooBig, "")
	p.await(t, 3) // a stop would be an end of its own
	p.stop(t)
	p.trail.check(t, "4001 enough", "open", "code 1009", "closed")
}

// TestWebSocketLeft has clients go in each way, and the server stop.
func TestWebSocketLeft(t *testing.T) {
	for name, leave := range map[string]func(*program, *websocket.Conn){
		"1000": func(_ *program, c *websocket.Conn) { c.Close(websocket.StatusNormalClosure, "") },
		"4999": func(_ *program, c *websocket.Conn) { c.Close(4999, "") },
		"1006": func(_ *program, c *websocket.Conn) { c.CloseNow() },
		"1001": func(p *program, c *websocket.Conn) { go c.Read(t.Context()); p.stop(t) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t, spikard.Config{}, websocketApp).run(t)
			conn, _ := p.dial(t, "/waits", nil)
			hear(t, conn, websocket.MessageText, "ready") // one that leaves before that is cancelled
			leave(p, conn)
			p.await(t, 2) // a stop would be an end of its own
			p.stop(t)
			p.trail.check(t, "open", "code "+name, "closed")
		})
	}
}

func TestWebSocketGroups(t *testing.T) {
	p := newProgram(t, spikard.Config{}, websocketApp).run(t)
	var conns []*websocket.Conn
	for _, name := range []string{"a", "a", "b"} {
		conn, _ := p.dial(t, "/room/"+name, nil)
		hear(t, conn, websocket.MessageText, "joined")
		conns = append(conns, conn)
	}
	say(t, conns[0], websocket.MessageText, "hello")
	hear(t, conns[0], websocket.MessageText, "to 1")
	hear(t, conns[1], websocket.MessageText, `{"say":"hello"}`)
	say(t, conns[2], websocket.MessageText, "leave")
	hear(t, conns[2], websocket.MessageText, "to 0")
	resp, err := p.client.Post(p.scheme+p.server.Addr()+"/shout", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, err := io.ReadAll(resp.Body); string(text) != "[2,2,0]" {
		t.Errorf("%s %v", text, err)
	}
	for _, conn := range conns[:2] {
		hear(t, conn, websocket.MessageText, "loud")
		hear(t, conn, websocket.MessageBinary, "raw")
	}
	conns[0].Close(websocket.StatusNormalClosure, "")
	say(t, conns[1], websocket.MessageText, "alone")
	hear(t, conns[1], websocket.MessageText, "to 0")
}

// TestWebSocketSilent has clients that say nothing, and that aren't there.
func TestWebSocketSilent(t *testing.T) {
	p := newProgram(t, spikard.Config{WebSocketIdle: 50 * time.Millisecond}, websocketApp).run(t)
	conn, _ := p.dial(t, "/waits", nil)
	hear(t, conn, websocket.MessageText, "ready")
	closed(t, conn, websocket.StatusGoingAway, "idle")
	p.stop(t)
	p.trail.check(t, "open", "code 1001", "closed")

	p = newProgram(t, spikard.Config{WebSocketPing: 30 * time.Millisecond}, websocketApp).run(t)
	raw, err := net.Dial("tcp", p.server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	io.WriteString(raw, "GET /waits HTTP/1.1\r\nHost: "+p.server.Addr()+"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	p.await(t, 3) // it reads no ping, and answers none
	p.stop(t)
	p.trail.check(t, "open", "code 1006", "closed")
}

// TestWebSocketSlow has a client that doesn't read what is sent to its group: nobody
// waits for it, and it is let go.
func TestWebSocketSlow(t *testing.T) {
	p := newProgram(t, spikard.Config{}, websocketApp).run(t)
	slow, _ := p.dial(t, "/room/a", nil)
	hear(t, slow, websocket.MessageText, "joined")
	quick, _ := p.dial(t, "/room/a", &websocket.DialOptions{CompressionMode: websocket.CompressionContextTakeover})
	quick.SetReadLimit(1 << 20)
	hear(t, quick, websocket.MessageText, "joined")
	text := strings.Repeat("much ", 20_000)
	for n := 0; ; n++ {
		say(t, quick, websocket.MessageText, text)
		_, got, err := quick.Read(t.Context())
		if err != nil || n > 1000 {
			t.Fatalf("%d messages: %q %v", n, got, err)
		}
		if string(got) == "to 0" {
			break
		}
	}
}
