package hammer

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	duration = flag.Duration("duration", 3*time.Second, "how long the clients go on")
	clients  = flag.Int("clients", 64, "how many there are")
)

// request is one thing that a client does, and the status it must get.
type request struct {
	method, path, body string
	status             int
}

var requests = []request{
	{"GET", "/sync", "", 200},
	{"GET", "/async", "", 200},
	{"GET", "/await", "", 200},
	{"GET", "/raise", "", 500},
	{"GET", "/raise-await", "", 500},
	{"GET", "/refuse/418", "", 418},
	{"GET", "/object", "", 500},
	{"GET", "/nan", "", 500},
	{"GET", "/status", "", 500},
	{"GET", "/itself", "", 500},
	{"GET", "/exit", "", 500},
	{"GET", "/exit-async", "", 500},
	{"GET", "/exit-await", "", 500},
	{"GET", "/interrupt-self", "", 500},
	{"GET", "/recurse", "", 500},
	{"GET", "/recurse-await", "", 500},
	{"GET", "/session", "", 500},
	{"GET", "/nowhere", "", 404},
	{"DELETE", "/sync", "", 405},
	{"POST", "/items", `{"name":"a","price":1}`, 200},
	{"POST", "/items", `{"name":1}`, 422},
	{"POST", "/items", `{`, 400},
}

func TestHammer(t *testing.T) {
	server, address := start(t)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: *clients}, Timeout: 30 * time.Second}
	t.Cleanup(client.CloseIdleConnections)

	answered := hammer(t, client, address)
	t.Logf("%d requests answered in %s", answered, *duration)
	stopInOrder(t, client, address, server)
}

// start runs this test binary as the server.
func start(t *testing.T) (*exec.Cmd, string) {
	t.Helper()
	server := exec.CommandContext(context.Background(), os.Args[0])
	server.Env = append(os.Environ(), serverVariable+"=1")
	server.Stderr = os.Stderr
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill() }) // for tests that failed
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("the server did not start")
	}
	return server, "http://" + strings.TrimSpace(address)
}

// hammer has all clients at work for the duration.
func hammer(t *testing.T, client *http.Client, address string) int64 {
	t.Helper()
	var answered atomic.Int64
	var group sync.WaitGroup
	end := time.Now().Add(*duration)
	for range *clients {
		group.Go(func() {
			for time.Now().Before(end) && !t.Failed() {
				if err := do(client, address, requests[rand.IntN(len(requests))]); err != nil {
					t.Error(err)
					return
				}
				answered.Add(1)
			}
		})
	}
	group.Wait()
	return answered.Load()
}

func do(client *http.Client, address string, r request) error {
	req, err := http.NewRequestWithContext(context.Background(), r.method, address+r.path, strings.NewReader(r.body))
	if err != nil {
		return err
	}
	if r.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	answer, err := client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != r.status {
		return fmt.Errorf("%s %s: status %d, not %d: %s", r.method, r.path, answer.StatusCode, r.status, text)
	}
	return nil
}

// stopInOrder has a handler interrupt the process while others are at work:
// these are answered, and the process ends well.
func stopInOrder(t *testing.T, client *http.Client, address string, server *exec.Cmd) {
	t.Helper()
	var group sync.WaitGroup
	var sent atomic.Int32
	slow := []request{{"GET", "/slow", "", 200}, {"GET", "/slow-await", "", 200}}
	for i := range 16 {
		group.Go(func() {
			sent.Add(1)
			if err := do(client, address, slow[i%len(slow)]); err != nil {
				t.Error("a request under way at the signal:", err)
			}
		})
	}
	for sent.Load() < 16 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond) // lets them reach their handlers
	if err := do(client, address, request{"GET", "/interrupt", "", 200}); err != nil {
		t.Error("the request that interrupts:", err)
	}
	group.Wait()
	if err := server.Wait(); err != nil {
		t.Error("the stop was not in order:", err)
	}
}
