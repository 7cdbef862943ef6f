package pybridgetest

import (
	"context"
	"errors"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// loadedKey is the context key under which a Func finds the app it belongs to.
type loadedKey struct{}

// Scope is an app.scope() that is open: what the host has for it.
type Scope struct {
	app    *loaded
	host   pybridge.HostScope
	ticket *ticket
}

// OpenScope begins what `async with app.scope()` does. ctx is one that a Func or
// a Method was given, also after its call has ended.
func OpenScope(ctx context.Context) (*Scope, error) {
	app, _ := ctx.Value(loadedKey{}).(*loaded)
	switch {
	case app == nil:
		return nil, errors.New("open a scope: the context is none that a function of a fake app was given")
	case app.host == nil:
		return nil, errors.New("open a scope: the app was loaded without a host")
	}
	host := app.host.OpenScope()
	return &Scope{app: app, host: host, ticket: &ticket{scope: host}}, nil
}

// Get gives the value that Go has for a key, as Python code would see it. An
// error is a GoError with the host's as its Err.
func (s *Scope) Get(ctx context.Context, key string) (any, error) {
	var out wire.Writer
	if err := s.host.Get(ctx, key, &out); err != nil {
		return nil, goError(err)
	}
	values, err := s.app.decode(out.Bytes(), 1, s.ticket)
	if err != nil {
		return nil, err
	}
	return values[0], nil
}

// End ends the scope. failure is what its user raised, or nil.
func (s *Scope) End(ctx context.Context, failure error) error {
	s.ticket.over.Store(true)
	if failure != nil {
		failure = raised(failure)
	}
	if err := s.host.End(ctx, failure); err != nil {
		return goError(err)
	}
	return nil
}
