package spikard

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
)

// goNeed is a dependency of a Go handler: a field of its input with the tag
// inject, or an argument behind it.
type goNeed struct {
	di.Need
	name  string
	field []int // nil for an argument
	typ   reflect.Type
}

// needsOf are the dependencies of a route's handler: the fields first.
func needsOf(route *goRoute) []goNeed {
	var out []goNeed
	add := func(name string, key di.Key, field []int, typ reflect.Type) {
		out = append(out, goNeed{
			Need: di.Need{Key: key, Source: di.Source(route.source), By: "handler " + route.handler.name + ", " + name},
			name: name, field: field, typ: typ,
		})
	}
	if input := route.handler.input; input != nil {
		for _, f := range reflect.VisibleFields(input) {
			if text, ok := f.Tag.Lookup("inject"); ok && f.IsExported() {
				add("field "+f.Name, di.ParseKey(text), f.Index, f.Type)
			}
		}
	}
	for i, t := range route.handler.deps {
		add(fmt.Sprintf("argument %s (number %d)", t, i+route.handler.before()), di.KeyOfType(t), nil, t)
	}
	return out
}

// before is the number of the first dependency among the arguments.
func (h *goHandler) before() int {
	n := 1
	if h.context {
		n++
	}
	if h.input != nil {
		n++
	}
	return n
}

// homeOf is the graph that a Go handler's dependencies come from: that of the one
// Python app which provides some, else the first.
func (r *running) homeOf(needs []goNeed) (*pythonApp, error) {
	var home *pythonApp
	for _, need := range needs {
		for _, app := range r.apps {
			if !app.provides(need.Key) {
				continue
			}
			if home != nil && home != app {
				return nil, fmt.Errorf("%s: its dependencies come from the Python apps %s and %s: one is allowed",
					need.name, home.option.target, app.option.target)
			}
			home = app
		}
	}
	if home == nil {
		home = r.homes()[0]
	}
	return home, nil
}

// provides tells whether it is Python that provides the key.
func (a *pythonApp) provides(key di.Key) bool {
	for i := range a.manifest.Providers {
		if a.manifest.Providers[i].Key == string(key) {
			return true
		}
	}
	return false
}

// fits checks a dependency's type where it is known at start.
func (n *goNeed) fits(p *di.Provider) error {
	if p.IsForeign() || p.Type == nil || p.Type.AssignableTo(n.typ) {
		return nil
	}
	return fmt.Errorf("%s is a %s, but %s is the Go %s provided at %s", n.name, n.typ, n.Key.Label(), p.Type, p.Source)
}

// fromPython turns a Python object into what Go asks for.
func fromPython(ctx context.Context, value any, to reflect.Type) (reflect.Value, error) {
	object, ok := value.(pybridge.Object)
	if !ok {
		return reflect.Value{}, fmt.Errorf("a %T is no %s", value, to)
	}
	out := reflect.New(to)
	text, err := object.JSON(ctx)
	if err == nil {
		err = json.Unmarshal(text, out.Interface())
	}
	if err != nil {
		return reflect.Value{}, fmt.Errorf("read a Python %s as %s: %w", object.TypeKey(), to, err)
	}
	return out.Elem(), nil
}

// as gives a dependency's value as the type asked for.
func (n *goNeed) as(ctx context.Context, value any) (reflect.Value, error) {
	if value == nil {
		return reflect.Zero(n.typ), nil
	}
	if v := reflect.ValueOf(value); v.Type().AssignableTo(n.typ) {
		return v, nil
	}
	v, err := fromPython(ctx, value, n.typ)
	if err != nil {
		return v, fmt.Errorf("%s, injected %s: %w", n.name, n.Key.Label(), err)
	}
	return v, nil
}
