package spikard

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"strings"
)

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// inputTags are those that make the first struct of a handler its input.
var inputTags = [...]string{"path", "query", "header", "cookie", "form", "file", "body", "inject"}

// goHandler is a Go handler's signature.
type goHandler struct {
	name    string
	fn      reflect.Value
	context bool
	input   reflect.Type // nil: none
	deps    []reflect.Type
	output  bool
	err     bool
}

// newGoHandler reads a handler's signature.
func newGoHandler(handler any) (*goHandler, error) {
	fn := reflect.ValueOf(handler)
	if fn.Kind() != reflect.Func || fn.IsNil() {
		return nil, fmt.Errorf("the handler is %T, not a function", handler)
	}
	t := fn.Type()
	h := &goHandler{fn: fn, name: functionName(fn)}
	if t.IsVariadic() {
		return nil, fmt.Errorf("handler %s is variadic: name its arguments one by one", h.name)
	}
	for i := range t.NumIn() {
		switch in := t.In(i); {
		case i == 0 && in == contextType:
			h.context = true
		case h.input == nil && len(h.deps) == 0 && isInput(in):
			h.input = in
		default:
			h.deps = append(h.deps, in)
		}
	}
	outs := t.NumOut()
	if outs > 0 && t.Out(outs-1) == errorType {
		h.err = true
		outs--
	}
	h.output = outs == 1
	if outs > 1 {
		return nil, fmt.Errorf("handler %s gives %d results: a value and an error are allowed", h.name, t.NumOut())
	}
	return h, nil
}

// functionName is a function's name as messages show it: "store.Open" for one of
// github.com/acme/shop/store.
func functionName(fn reflect.Value) string {
	name := strings.TrimSuffix(runtime.FuncForPC(fn.Pointer()).Name(), "-fm")
	return name[strings.LastIndexByte(name, '/')+1:]
}

// isInput tells a handler's input from a dependency that happens to be a
// struct.
func isInput(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		f := t.Field(i)
		for _, tag := range inputTags {
			if _, ok := f.Tag.Lookup(tag); ok {
				return true
			}
		}
		if f.Anonymous && isInput(f.Type) {
			return true
		}
	}
	return false
}
