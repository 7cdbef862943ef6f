package pybridgetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/big"
	"sync"

	"github.com/spikard/spikard-go/pybridge"
)

// Attributes is what a value of a fake app has if Go may ask for its attributes.
// Maps with string keys have them without it.
type Attributes interface {
	// Attr gives an attribute by its Python name; false: there is none.
	Attr(name string) (any, bool)
}

// Caller is what a value of a fake app has if Go may call its methods. A [Proxy]
// is one. The method of an empty name stands for the value itself; errors are
// those of [Func.Run].
type Caller interface {
	Call(ctx context.Context, method string, args ...any) (any, error)
}

// Method is a value that can be called by itself.
type Method func(ctx context.Context, args ...any) (any, error)

// Call calls it.
func (m Method) Call(ctx context.Context, method string, args ...any) (any, error) {
	if method != "" {
		return nil, noAttribute(m, method)
	}
	return m(ctx, args...)
}

// Awaitable is a value that Go may await.
type Awaitable func(ctx context.Context) (any, error)

// Iterable is a value that Go may iterate over, as it may over a []any. Its items
// are taken one by one, on a goroutine of their own; one that is left early is
// told by its yield.
type Iterable iter.Seq2[any, error]

var errReleased = errors.New("the python object was released, or the call that it came with has ended")

// objects are the values of an app that Go holds, by number. A number is used
// once.
type objects struct {
	mu   sync.Mutex
	held map[uint64]any
	last uint64
}

func (o *objects) lend(value any) uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.held == nil {
		o.held = map[uint64]any{}
	}
	o.last++
	o.held[o.last] = value
	return o.last
}

func (o *objects) get(handle uint64) (any, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	value, ok := o.held[handle]
	if !ok {
		return nil, errReleased
	}
	return value, nil
}

func (o *objects) takeBack(handles ...uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, handle := range handles {
		delete(o.held, handle)
	}
}

func (o *objects) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.held)
}

// object is a value that Go holds.
type object struct {
	app    *loaded
	handle uint64
	lent   bool // by a call, which takes it back
}

var _ pybridge.Object = object{}

// lend gives the objects of a call for values, and their numbers.
func (l *loaded) lend(values []any) (out []pybridge.Object, handles []uint64) {
	for _, value := range values {
		o := object{app: l, handle: l.objects.lend(value), lent: true}
		out, handles = append(out, o), append(handles, o.handle)
	}
	return out, handles
}

// give gives the caller an object of its own.
func (l *loaded) give(value any) pybridge.Object {
	return object{app: l, handle: l.objects.lend(value)}
}

func (o object) value(ctx context.Context) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.app.isClosed() {
		return nil, pybridge.ErrClosed
	}
	return o.app.objects.get(o.handle)
}

func (o object) Handle() uint64 { return o.handle }

func (o object) TypeKey() string {
	value, err := o.value(context.Background())
	if err != nil {
		return ""
	}
	return fmt.Sprintf("__type__%T", value)
}

func (o object) JSON(ctx context.Context) ([]byte, error) {
	value, err := o.value(ctx)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, notJSON(err)
	}
	return text, nil
}

func (o object) Attr(ctx context.Context, name string) (pybridge.Object, error) {
	value, err := o.value(ctx)
	if err != nil {
		return nil, err
	}
	attr, ok := any(nil), false
	switch v := value.(type) {
	case Attributes:
		attr, ok = v.Attr(name)
	case map[string]any:
		attr, ok = v[name]
	}
	if !ok {
		return nil, noAttribute(value, name)
	}
	return o.app.give(attr), nil
}

func (o object) Call(ctx context.Context, method string, args ...any) (pybridge.Object, error) {
	value, err := o.value(ctx)
	if err != nil {
		return nil, err
	}
	given, err := o.app.arguments(args)
	if err != nil {
		return nil, fmt.Errorf("call %s of a python object: %w", method, err)
	}
	caller, ok := value.(Caller)
	if !ok {
		return nil, noAttribute(value, method)
	}
	result, err := caller.Call(context.WithValue(ctx, loadedKey{}, o.app), method, given...)
	if err != nil {
		return nil, raised(err)
	}
	return o.app.give(result), nil
}

func (o object) Keep(ctx context.Context) (pybridge.Object, error) {
	value, err := o.value(ctx)
	if err != nil {
		return nil, err
	}
	return o.app.give(value), nil
}

func (o object) Release() {
	if !o.lent {
		o.app.objects.takeBack(o.handle)
	}
}

// arguments makes of what Go gives what Python code would see.
func (l *loaded) arguments(args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, arg := range args {
		value, err := l.argument(arg)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		out[i] = value
	}
	return out, nil
}

func (l *loaded) argument(arg any) (any, error) {
	if foreign, ok := arg.(pybridge.Object); ok {
		o, ok := foreign.(object)
		if !ok || o.app != l {
			return nil, errors.New("the python object is one of another app")
		}
		return l.objects.get(o.handle)
	}
	text, err := json.Marshal(arg)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var value any
	err = dec.Decode(&value)
	return plain(value), err
}

// plain has the numbers of a JSON value as wire.Decode gives them.
func plain(value any) any {
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = plain(v[name])
		}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if n, ok := new(big.Int).SetString(v.String(), 10); ok {
			return n
		}
		f, _ := v.Float64() // out of range: an infinity, as in Python
		return f
	}
	return value
}

func noAttribute(value any, name string) error {
	return &pybridge.Exception{
		Type: "AttributeError", Message: fmt.Sprintf("'%T' object has no attribute '%s'", value, name),
	}
}

func notJSON(err error) *pybridge.Exception {
	return &pybridge.Exception{Type: "TypeError", Message: err.Error(), Path: "$"}
}
