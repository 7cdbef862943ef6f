package pybridgetest

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// channelApp talks with its clients in each way.
const channelApp = `
import asyncio
from collections.abc import AsyncIterator, Iterator
from spikard import HTTPException, Provide, Request, Spikard, StreamingResponse, WebSocket
app = Spikard()
trail = []

class Plain: ...
def plain() -> Iterator[Plain]:
    try:
        yield Plain()
    except BaseException as exc:
        trail.append(f"plain failed {type(exc).__name__}")
        raise
    finally:
        trail.append("plain closed")
app.provide(Plain, Provide(plain))

class Later: ...
async def later() -> AsyncIterator[Later]:
    await asyncio.sleep(0)
    task = asyncio.current_task()
    try:
        yield Later()
    except BaseException as exc:
        trail.append(f"later failed {type(exc).__name__}")
        raise
    finally:
        trail.append(f"later closed {task is asyncio.current_task()}")
app.provide(Later, Provide(later))

def parts():
    try:
        yield "one"
        yield b""
        yield b"two"
        trail.append("end")
    finally:
        trail.append("closed")

async def aparts(wait=0.0):
    try:
        yield "one"
        await asyncio.sleep(wait)
        yield bytearray(b"two")
        trail.append("end")
    finally:
        trail.append("closed")

@app.get("/sync")
def sync(p: Plain):
    return StreamingResponse(parts(), 201, {"X-A": "b"}, "text/plain")

@app.get("/inline")
async def inline(p: Plain):
    return StreamingResponse(aparts())

@app.get("/loop")
async def loop(x: Later):
    return StreamingResponse(aparts())

@app.get("/mixed")
async def mixed(x: Later):
    return StreamingResponse(parts())

@app.get("/bare")
async def bare():
    await asyncio.sleep(0)
    return StreamingResponse(aparts())

@app.get("/forever")
async def forever(x: Later):
    return StreamingResponse(aparts(3600))

@app.get("/trailers")
def trailers():
    def body():
        yield "x"
        response.trailers["X-Sum"] = "7"
    response = StreamingResponse(body())
    return response

@app.get("/early")
def early(p: Plain):
    def body():
        raise HTTPException(409, "early")
        yield
    return StreamingResponse(body())

@app.get("/early-async")
async def early_async(x: Later):
    async def body():
        raise HTTPException(409, "early")
        yield
    return StreamingResponse(body())

@app.get("/late")
def late(p: Plain):
    def body():
        yield "one"
        raise KeyError("late")
    return StreamingResponse(body())

@app.get("/late-async")
async def late_async(x: Later):
    async def body():
        yield "one"
        raise KeyError("late")
    return StreamingResponse(body())

@app.get("/wrong")
def wrong():
    return StreamingResponse([7])

@app.websocket("/session")
async def session(socket: WebSocket, x: Later):
    await socket.accept("chat")
    async for message in socket.iter():
        await socket.send(message)
    trail.append("over")

@app.websocket("/impatient")
async def impatient(socket: WebSocket):
    await socket.accept()
    waiting = asyncio.ensure_future(socket.receive())
    await asyncio.sleep(0)
    waiting.cancel()
    try:
        await waiting
    except asyncio.CancelledError:
        trail.append("cancelled")
    await socket.send({"n": 1})
    await socket.send(await socket.receive())
    await socket.close(4000, "bye")

@app.post("/body", stream_body=True)
async def body(request: Request, x: Later):
    got = [part.decode() async for part in request.stream()]
    return [*got, bool(request.is_disconnected())]

@app.post("/body-sync", stream_body=True)
def body_sync(request: Request):
    return [part.decode() for part in request.stream()]

@app.get("/trail")
def get_trail():
    out = list(trail)
    trail.clear()
    return out
`

// talk is a channel that notes what a call says.
type talk struct {
	mu       sync.Mutex
	said     []string
	head     pybridge.Head
	incoming []pybridge.Message
	waiting  func(pybridge.Message, error)
	sendErr  error
	sent     chan struct{} // gets one for each message
}

func newTalk(incoming ...pybridge.Message) *talk {
	return &talk{incoming: incoming, sent: make(chan struct{}, 100)}
}

func (c *talk) Open(_ context.Context, head pybridge.Head) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.head = head
	c.said = append(c.said, "open")
	return nil
}

func (c *talk) Send(_ context.Context, kind pybridge.MessageKind, data []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if kind == pybridge.MessagePart && c.sendErr != nil {
		return c.sendErr
	}
	text := string(data)
	if kind == pybridge.MessageClose {
		text = string(rune('0'+binary.BigEndian.Uint16(data)/1000)) + "000" + text[2:]
	}
	c.said = append(c.said, [...]string{"part ", "text ", "binary ", "value ", "close ", "end "}[kind]+text)
	select {
	case c.sent <- struct{}{}:
	default:
	}
	return nil
}

func (c *talk) Receive(done func(pybridge.Message, error)) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.incoming) > 0 {
		m := c.incoming[0]
		c.incoming = c.incoming[1:]
		done(m, nil)
		return func() {}
	}
	c.waiting = done
	return func() {
		c.mu.Lock()
		waiting := c.waiting
		c.waiting = nil
		c.mu.Unlock()
		if waiting != nil {
			waiting(pybridge.Message{}, context.Canceled)
		}
	}
}

// receive hands a message over.
func (c *talk) receive(m pybridge.Message) {
	c.mu.Lock()
	waiting := c.waiting
	c.waiting = nil
	if waiting == nil {
		c.incoming = append(c.incoming, m)
	}
	c.mu.Unlock()
	if waiting != nil {
		waiting(m, nil)
	}
}

func (c *talk) words() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.said)
}

// talks calls a handler that talks over c.
func (r *running) talks(ctx context.Context, path string, c pybridge.Channel, values given) pybridge.Result {
	r.t.Helper()
	p := r.plan(path)
	result, err := p.callable.Call(ctx, p.input(values), pybridge.CallInfo{RequestID: "id", Channel: c})
	if err != nil {
		r.t.Fatalf("%s: %v", path, err)
	}
	return detach(result)
}

// testChannel sends answers in parts.
func testChannel(t *testing.T, s *suite) {
	r := s.load(t, channelApp)
	whole := []string{"open", "part one", "part two", "end "}
	for _, test := range []struct{ path, trail string }{
		{"/sync", `["end","closed","plain closed"]`},
		{"/inline", `["end","closed","plain closed"]`},
		{"/loop", `["end","closed","later closed True"]`},
		{"/mixed", `["end","closed","later closed False"]`},
		{"/bare", `["end","closed"]`},
	} {
		c := newTalk()
		if result := r.talks(t.Context(), test.path, c, nil); result.Outcome != pybridge.Streamed {
			t.Errorf("%s: outcome %d, %v", test.path, result.Outcome, result.Exception)
		}
		if !slices.Equal(c.words(), whole) {
			t.Errorf("%s: %q", test.path, c.words())
		}
		r.answers("/trail", nil, test.trail)
		if test.path != "/sync" {
			continue
		}
		if h := c.head; h.Status != 201 || h.ContentType != "text/plain; charset=utf-8" || len(h.Header) != 1 || h.Header[0] != (pybridge.HeaderLine{Name: "X-A", Value: "b"}) {
			t.Errorf("head %+v", h)
		}
	}
	c := newTalk()
	r.talks(t.Context(), "/trailers", c, nil)
	if got := c.words(); !slices.Equal(got, []string{"open", "part x", `end {"X-Sum": "7"}`}) {
		t.Errorf("%q", got)
	}
}

// testChannelFailures has iterators and the sending fail.
func testChannelFailures(t *testing.T, s *suite) {
	r := s.load(t, channelApp)
	for _, test := range []struct {
		path    string
		outcome pybridge.Outcome
		said    []string
		trail   string
	}{
		{"/early", pybridge.Problem, nil, `["plain failed HTTPException","plain closed"]`},
		{"/early-async", pybridge.Problem, nil, `["later failed HTTPException","later closed True"]`},
		{"/late", pybridge.Raised, []string{"open", "part one"}, `["plain failed KeyError","plain closed"]`},
		{"/late-async", pybridge.Raised, []string{"open", "part one"}, `["later failed KeyError","later closed True"]`},
		{"/wrong", pybridge.Raised, nil, `[]`},
	} {
		c := newTalk()
		if result := r.talks(t.Context(), test.path, c, nil); result.Outcome != test.outcome {
			t.Errorf("%s: outcome %d, %v", test.path, result.Outcome, result.Exception)
		}
		if !slices.Equal(c.words(), test.said) {
			t.Errorf("%s: %q", test.path, c.words())
		}
		r.answers("/trail", nil, test.trail)
	}
	for path, trail := range map[string]string{
		"/sync": `["closed","plain failed GoError","plain closed"]`, "/loop": `["closed","later failed GoError","later closed True"]`,
	} {
		c := newTalk()
		c.sendErr = errors.New("the client has left")
		r.talks(t.Context(), path, c, nil)
		r.answers("/trail", nil, trail)
	}
	for _, path := range []string{"/sync", "/inline", "/loop", "/mixed"} {
		result := r.call(path, nil) // there is no channel
		if result.Outcome != pybridge.Raised {
			t.Errorf("%s without a channel: outcome %d", path, result.Outcome)
		}
		r.call("/trail", nil)
	}
}

// testChannelCancel ends a call whose iterator waits.
func testChannelCancel(t *testing.T, s *suite) {
	r := s.load(t, channelApp)
	ctx, cancel := context.WithCancel(t.Context())
	c := newTalk()
	go func() {
		<-c.sent
		cancel()
	}()
	result := r.talks(ctx, "/forever", c, nil)
	if result.Outcome != pybridge.Raised || !strings.Contains(result.Exception.Type, "CancelledError") {
		t.Errorf("outcome %d, %v", result.Outcome, result.Exception)
	}
	r.answers("/trail", nil, `["closed","later failed CancelledError","later closed True"]`)
}

// testChannelSession holds sessions.
func testChannelSession(t *testing.T, s *suite) {
	r := s.load(t, channelApp)
	c := newTalk(
		pybridge.Message{Kind: pybridge.MessageText, Data: []byte("é")},
		pybridge.Message{Kind: pybridge.MessageBinary, Data: []byte{0, 255}},
		pybridge.Message{Kind: pybridge.MessageClose, Code: 1001, Reason: "away"},
	)
	r.talks(t.Context(), "/session", c, nil)
	if got := c.words(); !slices.Equal(got, []string{"open", "text é", "binary \x00\xff"}) {
		t.Errorf("%q", got)
	}
	if c.head.Status != 101 || len(c.head.Header) != 1 || c.head.Header[0].Value != "chat" {
		t.Errorf("%+v", c.head)
	}
	r.answers("/trail", nil, `["over","later closed True"]`)

	c = newTalk()
	go func() {
		<-c.sent
		c.receive(pybridge.Message{Kind: pybridge.MessageText, Data: []byte("now")})
	}()
	r.talks(t.Context(), "/impatient", c, nil)
	if got := c.words(); !slices.Equal(got, []string{"open", `text {"n":1}`, "text now", "close 4000bye"}) {
		t.Errorf("%q", got)
	}
	r.answers("/trail", nil, `["cancelled"]`)
}

// testChannelBody reads bodies in parts.
func testChannelBody(t *testing.T, s *suite) {
	r := s.load(t, channelApp)
	streamed := func(w *wire.Writer) { writeRequest(w, "x", nil) }
	for path, want := range map[string]string{"/body": `["a","b",false]`, "/body-sync": `["a","b"]`} {
		c := newTalk(
			pybridge.Message{Kind: pybridge.MessagePart, Data: []byte("a")},
			pybridge.Message{Kind: pybridge.MessagePart, Data: []byte("b")},
			pybridge.Message{Kind: pybridge.MessageEnd},
		)
		result := r.talks(t.Context(), path, c, given{"request": streamed})
		if result.Outcome != pybridge.Answered || string(result.Body) != want {
			t.Errorf("%s: outcome %d %s %v", path, result.Outcome, result.Body, result.Exception)
		}
	}
}
