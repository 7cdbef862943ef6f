package pybridgetest

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// Proxy is a Go value as Python code sees it.
type Proxy struct {
	app    *loaded
	export pybridge.Exported

	kept   any
	ticket *ticket // of the call whose value it is; nil: it is kept
	number int
}

var errOver = errors.New("the Go value belongs to a request that is over")

// ticket leads to Go's half of a call, or of a scope, until that is over.
type ticket struct {
	scope pybridge.GoScope
	over  atomic.Bool
}

// Call calls a method by its Python name. Where Go gives an error, that is a
// GoError with it as its Err.
func (p *Proxy) Call(ctx context.Context, method string, args ...any) (any, error) {
	number := p.app.method(p.export.Class, method)
	if number < 0 {
		return nil, noAttribute(p, method)
	}
	self, err := p.self()
	if err != nil {
		return nil, goError(err)
	}
	if args == nil {
		args = []any{}
	}
	text, err := json.Marshal(args)
	if err != nil {
		return nil, notJSON(err)
	}
	var out wire.Writer
	if err := p.export.Methods[number](ctx, self, text, &out); err != nil {
		return nil, goError(err)
	}
	values, err := p.app.decode(out.Bytes(), 1, p.ticket)
	if err != nil {
		return nil, err
	}
	return values[0], nil
}

// self is the Go value.
func (p *Proxy) self() (any, error) {
	switch {
	case p.ticket == nil:
		return p.kept, nil
	case p.ticket.over.Load():
		return nil, errOver
	default:
		return p.ticket.scope.Value(p.number), nil
	}
}

// method is the number of a method in its class; -1: there is none.
func (l *loaded) method(class int, name string) int {
	for _, c := range l.app.manifest.Types {
		if c.Index != class {
			continue
		}
		for i, m := range c.Methods {
			if m.Name == name {
				return i
			}
		}
	}
	return -1
}

// goError is an error of Go's as Python code sees it.
func goError(err error) *pybridge.Exception {
	return &pybridge.Exception{
		Type: "spikard._exceptions.GoError", Message: err.Error(), Traceback: "Traceback: " + err.Error(),
		File: "app.py", Line: 1, Err: err,
	}
}
