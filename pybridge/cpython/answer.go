//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// answer does what Python asks. A panic is an error.
func (a *app) answer(ctx context.Context, ask shim.Ask) (told shim.Told) {
	defer func() {
		if r := recover(); r != nil {
			a.logger.Error("go code called from python panicked", "panic", r, "stack", string(debug.Stack()))
			told.Err = fmt.Errorf("panic in go code: %v", r)
		}
	}()
	switch ask.Kind {
	case shim.AskMethod:
		told.Data, told.Err = a.method(ctx, ask)
	case shim.AskBuild:
		a.buildSegment(ctx, ask, &told)
	case shim.AskClose:
		a.closeSegment(ctx, ask, &told)
	case shim.AskOpen:
		told.Data, told.Err = a.openScope()
	case shim.AskGet:
		told.Data, told.Err = a.get(ctx, ask)
	case shim.AskCast:
		told.Data, told.Err = a.cast(ask)
	case shim.AskEnd:
		told.Err = a.endScope(ctx, ask.Ticket, a.failureOf(ask))
	}
	return told
}

// method calls a method of a Go value that the app keeps, or of one of a call's.
func (a *app) method(ctx context.Context, ask shim.Ask) ([]byte, error) {
	export, self, err := a.goValue(ask)
	if err != nil {
		return nil, err
	}
	if ask.Method < 0 || ask.Method >= len(export.Methods) {
		return nil, fmt.Errorf("the Go type has no method %d", ask.Method)
	}
	var out wire.Writer // the result outlives this call only until C has copied it
	if err := export.Methods[ask.Method](ctx, self, ask.Data, &out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (a *app) goValue(ask shim.Ask) (pybridge.Exported, any, error) {
	if ask.Ticket == 0 {
		a.mu.Lock()
		defer a.mu.Unlock()
		if ask.Number >= uint64(len(a.kept)) {
			return pybridge.Exported{}, nil, fmt.Errorf("there is no Go value %d", ask.Number)
		}
		kept := a.kept[ask.Number]
		return a.exported[kept.export], kept.value, nil
	}
	h := a.interpreter.tickets.of(a, ask.Ticket)
	if h == nil {
		return pybridge.Exported{}, nil, errOver
	}
	self, err := h.value(ask.Number)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil && (ask.Export < 0 || ask.Export >= len(a.exported)) {
		err = fmt.Errorf("there is no Go type %d", ask.Export)
	}
	if err != nil {
		return pybridge.Exported{}, nil, err
	}
	return a.exported[ask.Export], self, nil
}

// segment is the call that a segment belongs to.
func (a *app) segment(ask shim.Ask) (*half, error) {
	h := a.interpreter.tickets.of(a, ask.Ticket)
	switch {
	case h != nil && h.call != nil && h.scope != nil:
		return h, nil
	case h == nil && ask.Ticket != 0:
		return nil, errOver
	default:
		return nil, errors.New("go builds values in this program, and the call has no Go half: set CallInfo.Go")
	}
}

// buildSegment lends the arguments to Go until the segment is closed.
func (a *app) buildSegment(ctx context.Context, ask shim.Ask, told *shim.Told) {
	told.Objects = ask.Objects()
	h, err := a.segment(ask)
	if err != nil {
		told.Err = err
		return
	}
	args := make([]pybridge.Object, len(told.Objects))
	for i, handle := range told.Objects {
		args[i] = h.call.object(handle)
	}
	var out wire.Writer
	if told.Err = h.scope.Build(ctx, int(ask.Number), args, &out); told.Err != nil {
		return
	}
	h.call.lend(int(ask.Number), told.Objects)
	told.Data, told.Objects = out.Bytes(), nil
}

func (a *app) closeSegment(ctx context.Context, ask shim.Ask, told *shim.Told) {
	h, err := a.segment(ask)
	if err != nil {
		told.Err = err
		return
	}
	told.Objects = h.call.takeBack(int(ask.Number))
	failure := a.failureOf(ask)
	told.Err = cleaned(failure, h.scope.Close(ctx, int(ask.Number), failure))
}

// cleaned is what a clean-up has failed with by itself.
func cleaned(failure, err error) error {
	if failure != nil && (same(err, failure) || same(err, errors.Unwrap(failure))) {
		return nil
	}
	return err
}

// same compares errors of any type: == panics for those that hold slices.
func same(a, b error) bool {
	return reflect.ValueOf(a).Comparable() && a == b //nolint:errorlint // the very same one
}

// failureOf is what Python tells of a failure, or nil.
func (a *app) failureOf(ask shim.Ask) error {
	if ask.Failure == nil {
		return nil
	}
	return &pybridge.Exception{
		Type: ask.Failure.Type, Message: a.place.plain(ask.Failure.Message), Err: ask.Failure.Err,
	}
}
