package spikard

import (
	"fmt"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
)

// roleKind is the part that a callable plays: it decides what it may ask for.
type roleKind uint8

const (
	roleHandler     roleKind = iota
	roleRequestHook          // on_request, pre_validation, pre_handler
	roleOnResponse
	roleOnError
	roleErrorHandler
	roleJob
	roleLifespan // on_startup, on_shutdown, health_check
	roleProvider
	roleSingleton
)

var roleNames = [...]string{
	"handler", "request hook", "on_response hook", "on_error hook", "exception handler", "job", "startup, shutdown or health hook", "provider", "singleton provider",
}

// argumentKind is where an argument comes from.
type argumentKind uint8

const (
	fromRequestPart argumentKind = iota // bound: path, query, header, cookie, body
	fromNeed
	fromRequest
	fromResponse
	fromError
	fromDefault
)

// argument is how one parameter is supplied.
type argument struct {
	kind argumentKind
	need int // index into role.needs
}

type roleKey struct {
	callable int
	kind     roleKind
}

// role is a callable with the source of each of its arguments decided.
type role struct {
	callable int
	args     []argument
	needs    []di.Need
	// bound are the indexes of the parameters that come from the request.
	bound []int
}

// roleOf decides where the arguments of a callable come from. has tells which
// keys have a provider.
func (a *pythonApp) roleOf(callable int, kind roleKind, has func(di.Key) bool) (*role, []error) {
	key := roleKey{callable, kind}
	if r := a.roles[key]; r != nil {
		return r, nil
	}
	fn := &a.manifest.Callables[callable]
	r := &role{callable: callable}
	var faults []error
	for i := range fn.Params {
		arg, err := r.argument(fn, i, kind, has)
		if err != nil {
			faults = append(faults, faultAt(fn.Source, "%s %s, parameter %s: %w",
				roleNames[kind], fn.Name, fn.Params[i].Name, err))
		}
		r.args = append(r.args, arg)
	}
	a.roles[key] = r
	return r, faults
}

func (r *role) argument(fn *pybridge.Function, i int, kind roleKind, has func(di.Key) bool) (argument, error) {
	p := &fn.Params[i]
	in := p.In
	if in == pybridge.InAuto {
		in = settleAuto(p, kind, has)
	}
	switch in {
	case pybridge.InInject:
		r.needs = append(r.needs, di.Need{
			Key: di.Key(p.Key), Optional: !p.Required, Source: di.Source(fn.Source),
			By: fmt.Sprintf("%s %s, parameter %s", roleNames[kind], fn.Name, p.Name),
		})
		return argument{kind: fromNeed, need: len(r.needs) - 1}, nil
	case pybridge.InRequest:
		if kind == roleLifespan || kind == roleJob || kind == roleSingleton {
			return argument{kind: fromDefault}, fmt.Errorf("there is no request when a %s runs", roleNames[kind])
		}
		return argument{kind: fromRequest}, nil
	case pybridge.InResponse:
		if kind != roleOnResponse {
			return argument{kind: fromDefault}, fmt.Errorf("only on_response hooks are given the answer")
		}
		return argument{kind: fromResponse}, nil
	case pybridge.InError:
		if kind != roleOnError && kind != roleErrorHandler {
			return argument{kind: fromDefault}, fmt.Errorf("only on_error hooks and exception handlers are given exceptions")
		}
		return argument{kind: fromError}, nil
	case pybridge.InPath, pybridge.InQuery, pybridge.InHeader, pybridge.InCookie,
		pybridge.InBody, pybridge.InForm, pybridge.InFile:
		if kind == roleHandler {
			r.bound = append(r.bound, i)
			return argument{kind: fromRequestPart}, nil
		}
		if !p.Required {
			return argument{kind: fromDefault}, nil
		}
		return argument{kind: fromDefault}, fmt.Errorf("only handlers are given parts of the request (%s): "+
			"ask for the request itself, or give the parameter a default", in)
	}
	return argument{kind: fromDefault}, fmt.Errorf("parameters of the kind %q are not supported by this version", in)
}

// settleAuto decides for a class without a marker: a provider goes before the
// body. What can be neither is left to the registry to report as missing.
func settleAuto(p *pybridge.Param, kind roleKind, has func(di.Key) bool) pybridge.ParamIn {
	if has(di.Key(p.Key)) || p.Type == nil || kind != roleHandler {
		return pybridge.InInject
	}
	return pybridge.InBody
}
