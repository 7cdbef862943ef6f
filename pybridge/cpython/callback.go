//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/cgo"
	"slices"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
)

var _ shim.Callbacks = (*interpreter)(nil)

// GoAsk answers Python code that waits. The thread has given up the GIL; its
// turn with the baton is given up here, for as long as Go works.
func (i *interpreter) GoAsk(id uintptr, current *shim.Frame, ask shim.Ask) shim.Told {
	a, err := i.apps.get(id)
	if err != nil {
		return shim.Told{Err: err}
	}
	if ask.Kind == shim.AskGone || ask.Kind == shim.AskJoin { // at once
		t, err := a.talker(current, ask)
		if err != nil {
			return shim.Told{Err: err}
		}
		return t.talk(t.ctx, ask)
	}
	ctx := i.contextOf(a, current, ask)
	if current != nil {
		if c := callOf(*current); c.program == nil || c.program.async {
			ctx = context.WithValue(ctx, insideLoop{}, a.loop)
		}
		turn := current.Turn()
		i.baton.leave(turn)
		defer func() { current.SetTurn(i.baton.enter(laneOf(turn))) }()
	}
	if ask.OfClient() {
		t, err := a.talker(current, ask)
		if err != nil {
			return shim.Told{Err: err}
		}
		return t.talk(t.ctx, ask)
	}
	return a.answer(ctx, ask)
}

// contextOf is the context of Go code that Python calls: that of the call which
// is asked, or else of the one that asks. What belongs to no request, or to one
// that is over, has the background's.
func (i *interpreter) contextOf(a *app, current *shim.Frame, ask shim.Ask) context.Context {
	if h := i.tickets.ofCall(a, ask.Ticket, ask.Caller); h != nil {
		return contextFor(h.ctx, ask)
	}
	if current != nil && ask.Caller == 0 {
		if c := callOf(*current); c.ctx != nil {
			return contextFor(c.ctx, ask)
		}
	}
	return context.Background()
}

// contextFor is a request's context for what is asked. An app.scope() may outlive
// the request that it was opened in. And what Python asks for when its request has
// been cancelled is for the clean-up, as a rule: a rollback must not fail because
// the client has left.
func contextFor(ctx context.Context, ask shim.Ask) context.Context {
	if ask.OfScope() || ctx.Err() != nil {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// GoBegin has a goroutine answer Python code that awaits it. The loop, which
// does not wait, may be used by what it runs.
func (i *interpreter) GoBegin(id uintptr, current *shim.Frame, ask shim.Ask) (uint64, shim.Told) {
	a, err := i.apps.get(id)
	if err != nil {
		return 0, shim.Told{Err: err}
	}
	ask.Data = slices.Clone(ask.Data) // C has it for the time of this call
	if ask.OfClient() {
		t, err := a.talker(current, ask)
		if err != nil {
			return 0, shim.Told{Err: err}
		}
		if number, ok := t.begin(a, ask); ok {
			return number, shim.Told{}
		}
		return 0, shim.Told{Err: pybridge.ErrClosed}
	}
	ctx := context.Background()
	h := i.tickets.ofCall(a, ask.Ticket, ask.Caller)
	if h != nil {
		ctx = h.beside(ask)
	}
	number, ok := a.operations.begin(ctx, func(ctx context.Context) {
		told := a.answer(ctx, ask)
		if h != nil {
			h.cancelFirst()
		}
		a.loop.tell(finished{ask: ask, told: told})
	})
	if !ok {
		return 0, shim.Told{Err: pybridge.ErrClosed} // whose end takes back what was lent
	}
	return number, shim.Told{}
}

// GoCancel cancels the context of what GoBegin has begun.
func (i *interpreter) GoCancel(id uintptr, operation uint64) {
	if a, err := i.apps.get(id); err == nil {
		a.operations.cancel(operation)
	}
}

// GoFailed keeps a Go error for the Result of its call.
func (i *interpreter) GoFailed(owner uintptr, err error) {
	cgo.Handle(owner).Value().(*call).failed = err
}

// record is a log record as _runtime_log writes it.
type record struct {
	Message   string         `json:"message"`
	Logger    string         `json:"logger"`
	File      string         `json:"file"`
	Line      int            `json:"line"`
	RequestID string         `json:"request_id"`
	Traceback string         `json:"traceback"`
	Extra     map[string]any `json:"extra"`
}

// GoLog takes a log record of Python's. The logger is the interpreter's and
// not an app's: Python's logging has one tree of loggers.
func (i *interpreter) GoLog(level int, text []byte) {
	logger := i.logger.Load()
	var r record
	if err := json.Unmarshal(text, &r); err != nil {
		logger.Error("unreadable log record from python", "error", err)
		return
	}
	attrs := []slog.Attr{
		slog.String("logger", r.Logger),
		slog.String("python", i.apps.plain(fmt.Sprintf("%s:%d", r.File, r.Line))),
	}
	if r.RequestID != "" {
		attrs = append(attrs, slog.String("request_id", r.RequestID))
	}
	for name, value := range r.Extra {
		attrs = append(attrs, slog.Any(name, value))
	}
	if r.Traceback != "" {
		attrs = append(attrs, slog.String("traceback", i.apps.plain(r.Traceback)))
	}
	logger.LogAttrs(context.Background(), slogLevel(level), r.Message, attrs...)
}

// slogLevel maps Python's levels (10, 20, 30, 40, 50) on slog's (-4, 0, 4, 8,
// 12), those in between in proportion.
func slogLevel(python int) slog.Level { return slog.Level((python - 20) * 4 / 10) }
