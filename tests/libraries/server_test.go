//go:build cgo && (linux || darwin) && (amd64 || arm64)

package libraries

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"
)

// server is a process that serves an app.
type server struct {
	t       *testing.T
	url     string
	client  *http.Client
	process *exec.Cmd
	said    bytes.Buffer
	ended   bool
}

// start starts one. At the test's end it has to stop when it is asked to, in
// its time, with nothing left undone: without a word.
func start(t *testing.T, app string, env []string) *server {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: crowdSize}
	process := exec.CommandContext(context.Background(), os.Args[0])
	process.Env = append(os.Environ(), append(env, appVariable+"="+app, "PYTHONWARNINGS=default", "PYTHONDONTWRITEBYTECODE=1")...)
	s := &server{t: t, client: &http.Client{Transport: transport}, process: process}
	process.Stderr = &s.said
	if _, err := process.StdinPipe(); err != nil { // closed by Wait
		t.Fatal(err)
	}
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if s.ended {
			return
		}
		if err := s.stop(); err != nil || s.said.Len() > 0 {
			t.Errorf("the server ended with %v and said:\n%s", err, &s.said)
		}
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("the server did not start")
	}
	s.url = "http://" + strings.TrimSpace(address)
	return s
}

// stop asks the process to end, as a supervisor does, and waits for it.
func (s *server) stop() error {
	s.ended = true
	_ = s.process.Process.Signal(syscall.SIGTERM) // it may have ended, which Wait tells
	defer time.AfterFunc(2*time.Minute, func() { _ = s.process.Process.Kill() }).Stop()
	return s.process.Wait()
}

// send gives the status and the body of an answer.
func (s *server) send(ctx context.Context, method, path, body string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

// want compares an answer's status and its JSON.
func (s *server) want(method, path, body string, status int, want string) {
	s.t.Helper()
	code, text, err := s.send(s.t.Context(), method, path, body)
	if err != nil || code != status || !sameJSON(text, want) {
		s.t.Errorf("%s %s: %d %s, %v; want %d %s", method, path, code, text, err, status, want)
	}
}

// get is want for a GET that succeeds.
func (s *server) get(path, want string) {
	s.t.Helper()
	s.want(http.MethodGet, path, "", http.StatusOK, want)
}

func sameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return a == b
	}
	return reflect.DeepEqual(x, y)
}

// read reads the JSON of a GET.
func read[T any](s *server, path string) T {
	s.t.Helper()
	var value T
	code, text, err := s.send(s.t.Context(), http.MethodGet, path, "")
	if err == nil {
		err = json.Unmarshal([]byte(text), &value)
	}
	if err != nil || code != http.StatusOK {
		s.t.Fatalf("GET %s: %d %s, %v", path, code, text, err)
	}
	return value
}

// eventually asks until the answer is yes; the limit is there for a test that
// has failed.
func (s *server) eventually(what string, ok func() bool) {
	s.t.Helper()
	limit := time.After(2 * time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			s.t.Fatal("never: ", what)
		}
	}
}
