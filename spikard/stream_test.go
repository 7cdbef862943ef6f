package spikard_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

func parts(status int, fails error, texts ...string) pybridgetest.Func {
	return answers("parts", &pybridgetest.Response{
		Status: status, ContentType: "text/plain", Header: []pybridge.HeaderLine{{Name: "X-Own", Value: "py"}}, Parts: texts, Fails: fails,
	})
}

// TestStream has a hook of Go's see the header of an answer in parts, and the
// dependencies live as long as the parts.
func TestStream(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("app:app")
	app.Provide("session", "request", session(j))
	handler := parts(200, nil, "one ", "two")
	handler.Params = append(handler.Params, inject("session", "session"))
	app.Get("/parts", handler)
	app.Get("/nothing", parts(204, nil, "no body"))
	app.Get("/fails", parts(200, errors.New("in the midst"), "begun"))
	app.Get("/wrong", parts(42, nil, "x"))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"),
		spikard.OnResponse(func(_ api.Exchange, a *spikard.Answer) error {
			a.Header.Set("X-Seen", "go")
			if a.Status == http.StatusOK {
				a.Status = http.StatusAccepted
			}
			return nil
		}))
	got := s.get(t, "/parts")
	if got.StatusCode != http.StatusAccepted || got.text != "one two" || got.Header.Get("X-Seen") != "go" || got.Header.Get("X-Own") != "py" {
		t.Errorf("%d %q %v", got.StatusCode, got.text, got.Header)
	}
	if got := s.get(t, "/nothing"); got.StatusCode != http.StatusNoContent || got.text != "" {
		t.Errorf("%d %q", got.StatusCode, got.text)
	}
	if got := s.do(t, http.MethodHead, "/parts", ""); got.StatusCode != http.StatusAccepted || got.text != "" {
		t.Errorf("HEAD: %d %q", got.StatusCode, got.text)
	}
	if got := s.get(t, "/wrong"); got.StatusCode != http.StatusInternalServerError {
		t.Errorf("a status that is none: %d", got.StatusCode)
	}
	resp, err := s.client.Get(s.base + "/fails")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, err := io.ReadAll(resp.Body); string(text) != "begun" || err == nil {
		t.Errorf("a failure behind the first part: %q %v", text, err)
	}
}

func TestStreamOfFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.bin")
	if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Get("/file", answers("file", &pybridgetest.Response{Status: 201, ContentType: "application/x-own", File: path}))
	app.Get("/folder", answers("folder", &pybridgetest.Response{Status: 200, File: filepath.Dir(path)}))
	app.Get("/nowhere", answers("nowhere", &pybridgetest.Response{Status: 200, File: path + ".not"}))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"))
	if got := s.get(t, "/file"); got.StatusCode != 201 || got.text != "0123456789" || got.Header.Get("Content-Type") != "application/x-own" {
		t.Errorf("%d %q %v", got.StatusCode, got.text, got.Header)
	}
	if got := s.get(t, "/file", "Range", "bytes=8-"); got.StatusCode != 206 || got.text != "89" {
		t.Errorf("%d %q", got.StatusCode, got.text)
	}
	s.get(t, "/nowhere").problem(t, 404, "not-found")
	s.get(t, "/folder").problem(t, 500, "internal-server-error")
}

// TestStreamOfEvents has silence filled, and a stop end the events in order.
func TestStreamOfEvents(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Get("/events", pybridgetest.Func{Name: "events", Run: func(ctx context.Context, _ []any) (any, error) {
		channel := pybridgetest.ChannelOf(ctx)
		if err := channel.Open(ctx, pybridge.Head{Status: 200, ContentType: "text/event-stream"}); err != nil {
			return nil, err
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	app.Events()
	s := serve(t, engine, spikard.Config{EventKeepAlive: 5 * time.Millisecond}, spikard.PythonApp("app:app"))
	resp, err := s.client.Get(s.base + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body := bufio.NewReader(resp.Body)
	for range 3 {
		if line, err := body.ReadString('\n'); err != nil || line != ": keep-alive\n" && line != "\n" {
			t.Fatalf("%q %v", line, err)
		}
	}
	if err := s.app.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		t.Errorf("the end: %v", err)
	}
}

// TestSession has Go bind the messages, and hooks refuse a handshake.
func TestSession(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	message := app.Func(pybridgetest.Func{Name: "message", Params: []pybridge.Param{
		{Name: "message", In: pybridge.InBody, Required: true, Type: &pybridge.Type{Kind: pybridge.TypeAny}},
	}})
	app.Get("/echo", pybridgetest.Func{Name: "echo", Run: func(ctx context.Context, _ []any) (any, error) {
		channel := pybridgetest.ChannelOf(ctx)
		if err := channel.Open(ctx, pybridge.Head{Status: 101}); err != nil {
			return nil, err
		}
		for {
			messages := make(chan pybridge.Message, 1)
			channel.Receive(func(m pybridge.Message, err error) { messages <- m })
			m := <-messages
			if m.Kind == pybridge.MessageClose {
				return nil, nil
			}
			if err := channel.Send(ctx, pybridge.MessageText, []byte{'0' + byte(m.Kind)}); err != nil {
				return nil, err
			}
		}
	}})
	app.Session(pybridge.Session{Message: message + 1, Schema: []byte(`{"type": "object", "required": ["a"]}`)})
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"),
		spikard.OnRequest(func(x api.Exchange) error {
			if x.Header("X-Stranger") != "" {
				return api.NewProblem(http.StatusUnauthorized, "unauthorized", "Who are you?")
			}
			return nil
		}))
	address := "ws" + strings.TrimPrefix(s.base, "http") + "/echo"
	_, resp, err := websocket.Dial(t.Context(), address, &websocket.DialOptions{HTTPHeader: http.Header{"X-Stranger": {"1"}}}) //nolint:bodyclose // Dial has read and closed it
	if err == nil || resp.StatusCode != http.StatusUnauthorized {
		t.Fatalf("%v %v", resp, err)
	}
	conn, _, err := websocket.Dial(t.Context(), address, nil) //nolint:bodyclose // the connection has it
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	for _, tt := range []struct {
		kind       websocket.MessageType
		text, want string
	}{
		{websocket.MessageText, `{"a": 1}`, "3"},
		{websocket.MessageBinary, `{"a": 1}`, "2"},
		{websocket.MessageText, `{"b": 1}`, `"type":"missing"`},
		{websocket.MessageText, `nothing`, `{"type":"error","message":"Invalid JSON"}`},
	} {
		if err := conn.Write(t.Context(), tt.kind, []byte(tt.text)); err != nil {
			t.Fatal(err)
		}
		if _, got, err := conn.Read(t.Context()); err != nil || !strings.Contains(string(got), tt.want) {
			t.Errorf("%s: %s %v, want %s", tt.text, got, err, tt.want)
		}
	}
	if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
	s.get(t, "/echo").problem(t, http.StatusUpgradeRequired, "upgrade-required")
}
