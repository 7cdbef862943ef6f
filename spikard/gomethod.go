package spikard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"strings"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/internal/bind"
)

// calls is the method of a Python class that makes its instances callable. A Go
// func is that method; other Go types have a method Call for it.
const calls = "__call__"

// methodCall is a method of a Go type as Python calls it.
type methodCall struct {
	name string
	typ  reflect.Type // what has the method
	// index is its number among the type's, or none for those of an interface
	// and for a func, which is called itself.
	index   int
	context bool
	params  []reflect.Type
	value   bool // it gives a value
	err     bool // it gives an error, last
	result  *bind.ValueBinder
}

// goMethod finds a Go type's method for a Python one and checks that it fits.
func (a *pythonApp) goMethod(typ reflect.Type, m *pybridge.Method) (pybridge.GoMethod, error) {
	c, signature := &methodCall{typ: typ, index: none}, typ
	if isFunc := typ.Kind() == reflect.Func && m.Name == calls; isFunc {
		c.name = typ.String()
	} else {
		found, ok := methodFor(typ, m.Name)
		if !ok {
			return nil, fmt.Errorf("Go has no method %s", camel(m.Name))
		}
		c.name, signature = found.Name, found.Type
		if typ.Kind() != reflect.Interface {
			c.index = found.Index
		}
	}
	if err := c.readSignature(signature, len(m.Params)); err != nil {
		return nil, fmt.Errorf("Go's %s: %w", c.name, err)
	}
	returns := m.Returns
	if returns == nil {
		returns = &pybridge.Type{Kind: pybridge.TypeAny}
	}
	var err error
	if c.result, err = bind.CompileValue(a.manifest, returns); err != nil {
		return nil, fmt.Errorf("its result: %w", err)
	}
	return c.call, nil
}

// methodFor gives the exported method whose name is the Python one's without
// underscores, whatever the case: find_by_id is FindByID or FindById.
func methodFor(t reflect.Type, python string) (reflect.Method, bool) {
	want := strings.ReplaceAll(python, "_", "")
	for i := range t.NumMethod() {
		if m := t.Method(i); m.IsExported() && strings.EqualFold(m.Name, want) {
			return m, true
		}
	}
	return reflect.Method{}, false
}

// camel is the Go name to suggest for a Python one.
func camel(python string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(python, "_") {
		if word == "id" || word == "url" {
			b.WriteString(strings.ToUpper(word))
		} else if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

func (c *methodCall) readSignature(t reflect.Type, arguments int) error {
	first := 1 // behind the receiver
	if c.index == none {
		first = 0
	}
	for i := first; i < t.NumIn(); i++ {
		if i == first && t.In(i) == contextType {
			c.context = true
			continue
		}
		c.params = append(c.params, t.In(i))
	}
	if t.IsVariadic() || len(c.params) != arguments {
		return fmt.Errorf("it takes %d arguments, Python's takes %d", len(c.params), arguments)
	}
	outs := t.NumOut()
	if outs > 0 && t.Out(outs-1) == errorType {
		c.err = true
		outs--
	}
	c.value = outs == 1
	if outs > 1 {
		return errors.New("it has more results than a value and an error")
	}
	return nil
}

// call runs the method. A panic in it is an error in Python.
func (c *methodCall) call(ctx context.Context, self any, args []byte, out *wire.Writer) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%s: panic: %v\n%s", c.name, v, debug.Stack())
		}
	}()
	in, err := c.arguments(ctx, args)
	if err != nil {
		return err
	}
	results := c.of(self).Call(in)
	if c.err {
		if err, _ := results[len(results)-1].Interface().(error); err != nil {
			return err
		}
	}
	if !c.value {
		out.Null()
		return nil
	}
	text, err := encodeJSON(results[0].Interface())
	if err != nil {
		return fmt.Errorf("%s: its result: %w", c.name, err)
	}
	if err := c.result.Decode(text, out); err != nil {
		return fmt.Errorf("%s: its result is not what Python's annotation says: %w", c.name, err)
	}
	return nil
}

// of is the method of a value, or the func that it is.
func (c *methodCall) of(self any) reflect.Value {
	v := reflect.ValueOf(self)
	if c.typ.Kind() == reflect.Func && c.index == none {
		return v
	}
	if c.index == none || v.Type() != c.typ {
		return v.MethodByName(c.name)
	}
	return v.Method(c.index)
}

func (c *methodCall) arguments(ctx context.Context, args []byte) ([]reflect.Value, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(args, &list); err != nil {
		return nil, fmt.Errorf("%s: its arguments: %w", c.name, err)
	}
	if len(list) != len(c.params) {
		return nil, fmt.Errorf("%s takes %d arguments, was given %d", c.name, len(c.params), len(list))
	}
	var in []reflect.Value
	if c.context {
		in = append(in, reflect.ValueOf(ctx))
	}
	for i, t := range c.params {
		v := reflect.New(t)
		if err := json.Unmarshal(list[i], v.Interface()); err != nil {
			return nil, fmt.Errorf("%s: argument %d: %w", c.name, i+1, err)
		}
		in = append(in, v.Elem())
	}
	return in, nil
}
