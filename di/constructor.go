package di

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
)

// constructor is a Go function that makes a value: what it takes and gives.
type constructor struct {
	fn   reflect.Value
	name string
	// takesContext says that the first parameter is the context.
	takesContext bool
	slots        []injection
	// result is the type of the value; the other results, where it gives them,
	// are the clean-up at number 1 and the error, which is last.
	result      reflect.Type
	givesClean  bool
	givesFailed bool
}

// injection is one dependency: a parameter, or a field of one.
type injection struct {
	param    int
	field    int // none: the parameter itself
	key      Key
	typ      reflect.Type
	optional bool
}

// injectTag is the tag of the fields that hold a dependency.
const injectTag = "inject"

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// newConstructor reads a function's signature.
func newConstructor(function any) (*constructor, error) {
	fn := reflect.ValueOf(function)
	switch {
	case fn.Kind() != reflect.Func:
		return nil, fmt.Errorf("it is a %T: give the function that makes the value, or use di.Supply", function)
	case fn.IsNil():
		return nil, errors.New("the function is nil")
	case fn.Type().IsVariadic():
		return nil, errors.New("it takes a variable number of arguments: wrap it in a function that doesn't")
	}
	c := &constructor{fn: fn, name: functionName(fn)}
	if err := c.readParams(); err != nil {
		return nil, err
	}
	if err := c.readResults(); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *constructor) readParams() error {
	t := c.fn.Type()
	for i := range t.NumIn() {
		param := t.In(i)
		if param == contextType {
			if i > 0 {
				return errors.New("its context.Context must be the first parameter")
			}
			c.takesContext = true
			continue
		}
		fields, err := readFields(i, param)
		if err != nil {
			return err
		}
		if len(fields) == 0 {
			fields = []injection{{param: i, field: none, key: KeyOfType(param), typ: param}}
		}
		c.slots = append(c.slots, fields...)
	}
	return nil
}

// readFields gives the dependencies of a struct whose fields are tagged, or
// none: then the struct itself is the dependency.
func readFields(param int, t reflect.Type) ([]injection, error) {
	if t.Kind() != reflect.Struct {
		return nil, nil
	}
	var out []injection
	for i := range t.NumField() {
		f := t.Field(i)
		tag, ok := f.Tag.Lookup(injectTag)
		if !ok {
			continue
		}
		if !f.IsExported() {
			return nil, fmt.Errorf("field %s of %s has the tag inject and is not exported", f.Name, t)
		}
		text, optional := strings.CutSuffix(tag, ",optional")
		in := injection{param: param, field: i, typ: f.Type, key: KeyOfType(f.Type), optional: optional}
		if text != "" {
			if err := ValidKey(text); err != nil {
				return nil, fmt.Errorf("field %s of %s: %w", f.Name, t, err)
			}
			in.key = ParseKey(text)
		}
		out = append(out, in)
	}
	return out, nil
}

func (c *constructor) readResults() error {
	t := c.fn.Type()
	results := make([]reflect.Type, t.NumOut())
	for i := range results {
		results[i] = t.Out(i)
	}
	if n := len(results); n > 0 && results[n-1] == errorType {
		c.givesFailed, results = true, results[:n-1]
	}
	if len(results) == 2 && isCleanup(results[1]) {
		c.givesClean, results = true, results[:1]
	}
	if len(results) != 1 {
		return errors.New("it must give the value, then, if it likes, its clean-up (func(), func() error " +
			"or func(error) error), then, if it likes, an error")
	}
	c.result = results[0]
	return nil
}

func isCleanup(t reflect.Type) bool {
	return t == reflect.TypeFor[func()]() || t == reflect.TypeFor[func() error]() || t == reflect.TypeFor[func(error) error]()
}

// asCleanup gives a clean-up in the form of [BuildFunc]'s.
func asCleanup(v any) func(error) error {
	switch f := v.(type) {
	case func():
		if f != nil {
			return func(error) error { f(); return nil }
		}
	case func() error:
		if f != nil {
			return func(error) error { return f() }
		}
	case func(error) error:
		return f
	}
	return nil
}

// provision is a constructor in one registry.
type provision struct {
	*constructor
	env Env
	// given are the values that are no needs, by number of the injection.
	given map[int]any
	// direct is nil where reflection calls the function.
	direct direct
}

// in splits what the constructor takes into the needs of its provider and what
// env has for it.
func (c *constructor) in(env Env, lifetime Lifetime, source Source) (*provision, []Need) {
	p := &provision{constructor: c, env: env, given: map[int]any{}}
	var needs []Need
	for i, in := range c.slots {
		if value, ok := env.Singletons[in.key]; ok && lifetime == Singleton {
			p.given[i] = value
			continue
		}
		needs = append(needs, Need{Key: in.key, Optional: in.optional, By: c.by(in), Source: source})
	}
	if len(p.given) == 0 {
		p.direct = newDirect(c)
	}
	return p, needs
}

// by says what of the function needs the dependency.
func (c *constructor) by(in injection) string {
	if in.field == none {
		return c.name
	}
	return c.name + ", field " + c.fn.Type().In(in.param).Field(in.field).Name
}

// build is a [BuildFunc] for the needs that in gave.
func (p *provision) build(ctx context.Context, deps []any) (any, func(error) error, error) {
	if p.direct != nil {
		return p.direct.give(ctx, p, deps)
	}
	args, err := p.arguments(ctx, deps)
	if err != nil {
		return nil, nil, err
	}
	results := p.fn.Call(args)
	if p.givesFailed {
		if err, _ := results[len(results)-1].Interface().(error); err != nil {
			return nil, nil, err
		}
	}
	var cleanup func(error) error
	if p.givesClean {
		cleanup = asCleanup(results[1].Interface())
	}
	return results[0].Interface(), cleanup, nil
}

func (p *provision) arguments(ctx context.Context, deps []any) ([]reflect.Value, error) {
	t := p.fn.Type()
	args := make([]reflect.Value, t.NumIn())
	if p.takesContext {
		args[0] = reflect.ValueOf(ctx)
	}
	for i, in := range p.slots {
		value, given := p.given[i]
		if !given {
			value, deps = deps[0], deps[1:]
		}
		arg, err := p.fitted(ctx, i, value)
		if err != nil {
			return nil, err
		}
		if in.field == none {
			args[in.param] = arg
			continue
		}
		if !args[in.param].IsValid() {
			args[in.param] = reflect.New(t.In(in.param)).Elem()
		}
		args[in.param].Field(in.field).Set(arg)
	}
	return args, nil
}

// fitted gives a value as the type of the injection at a place.
func (p *provision) fitted(ctx context.Context, i int, value any) (reflect.Value, error) {
	in := p.slots[i]
	v, err := p.env.fit(ctx, value, in.typ)
	if err != nil {
		return v, fmt.Errorf("%s of %s: %w", in.key.Label(), p.by(in), err)
	}
	return v, nil
}

// fit gives a value as one of a parameter's type.
func (e *Env) fit(ctx context.Context, value any, to reflect.Type) (reflect.Value, error) {
	if value == nil {
		return reflect.Zero(to), nil
	}
	if v := reflect.ValueOf(value); v.Type().AssignableTo(to) {
		return v, nil
	}
	if e.Convert == nil {
		return reflect.Value{}, fmt.Errorf("it is of type %T, not %s", value, to)
	}
	return e.Convert(ctx, value, to)
}

// functionName is a function's name as messages show it: "store.Open" for one
// of github.com/acme/shop/store.
func functionName(fn reflect.Value) string {
	name := strings.TrimSuffix(runtime.FuncForPC(fn.Pointer()).Name(), "-fm")
	return name[strings.LastIndexByte(name, '/')+1:]
}
