//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"errors"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
	"github.com/spikard/spikard-go/pybridge/wire"
)

var errScopeOver = errors.New("the app.scope() is over")

// openScope begins an app.scope() and gives its ticket.
func (a *app) openScope() ([]byte, error) {
	if a.host == nil {
		return nil, errors.New("app.scope(): the Go program has nothing for it: AppSpec.Host is nil")
	}
	scope := a.host.OpenScope()
	ticket := a.interpreter.tickets.add(&half{app: a, scope: scope, host: scope})
	var out wire.Writer
	out.Int(int64(ticket))
	return out.Bytes(), nil
}

// get gives a value that Go has for a scope.
func (a *app) get(ctx context.Context, ask shim.Ask) ([]byte, error) {
	h := a.interpreter.tickets.of(a, ask.Ticket)
	if h == nil || h.host == nil {
		return nil, errScopeOver
	}
	var out wire.Writer
	key, _ := shim.Text(ask.Data)
	if err := h.host.Get(ctx, key, &out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// endScope runs a scope's clean-ups; its ticket is void then.
func (a *app) endScope(ctx context.Context, ticket uint64, failure error) error {
	t := &a.interpreter.tickets
	h := t.of(a, ticket)
	if h == nil || h.host == nil || !h.ending.CompareAndSwap(false, true) {
		return errScopeOver
	}
	defer t.void(ticket)
	return cleaned(failure, h.host.End(ctx, failure))
}

// endScopes ends those that Python has left open.
func (a *app) endScopes() {
	for _, ticket := range a.interpreter.tickets.scopes(a) {
		err := a.endScope(context.Background(), ticket, pybridge.ErrClosed)
		if err != nil && !errors.Is(err, errScopeOver) {
			a.logger.Error("clean-up of an app.scope() that was never left failed", "error", err)
		}
	}
}
