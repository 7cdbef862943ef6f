//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
	"github.com/spikard/spikard-go/pybridge/wire"
)

var _ shim.Callbacks = (*interpreter)(nil)

// GoCall answers a method of a Go value. The thread has given up the GIL; its
// turn with the baton is given up here, for as long as Go works.
func (i *interpreter) GoCall(id uintptr, current *shim.Frame, handle uint64, method int, args []byte) ([]byte, error) {
	a, err := i.apps.get(id)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	if current != nil {
		c := callOf(*current)
		if c.ctx != nil {
			ctx = c.ctx
		}
		if c.program == nil || c.program.async {
			ctx = context.WithValue(ctx, insideLoop{}, a.loop)
		}
		i.baton.leave(current.Turn())
		defer func() { current.SetTurn(i.baton.enter()) }()
	}
	return a.goCall(ctx, handle, method, args)
}

func (a *app) goCall(ctx context.Context, handle uint64, method int, args []byte) (result []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			a.logger.Error("a go method called from python panicked", "panic", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic in a go method: %v", r)
		}
	}()
	a.mu.Lock()
	if handle >= uint64(len(a.kept)) || method < 0 || method >= len(a.exported[a.kept[handle].export].Methods) {
		a.mu.Unlock()
		return nil, fmt.Errorf("no method %d of go value %d", method, handle)
	}
	self := a.kept[handle]
	f := a.exported[self.export].Methods[method]
	a.mu.Unlock()
	var out wire.Writer // the result outlives this call only until C has copied it
	if err := f(ctx, self.value, args, &out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
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
