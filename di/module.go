package di

import (
	"fmt"
	"reflect"
	"runtime"

	"go.uber.org/fx"
)

// group collects the registrations of an fx app.
const group = `group:"di.registrations"`

// Provide has a Go function make a value for whoever needs one of its type:
// handlers, hooks and providers in both languages, and other constructors.
//
//	di.Provide(store.Open, di.Singleton, di.As("store.Store"))
//	di.Provide(OpenSession) // one for each request
//
//	func OpenSession(ctx context.Context, db *sql.DB) (*Session, func(error) error, error)
//
// It may take a context first. Its other parameters are dependencies by their
// types, see [KeyOf]; what nothing provides comes from the fx app, if that has a
// value of the type other than the zero one. A parameter that is a struct with
// tags holds dependencies by key, in the form of [ParseKey]; an empty key is that
// of the field's type:
//
//	type Needs struct {
//		Replica  *sql.DB  `inject:"*database/sql.DB#replica"`
//		Settings Settings `inject:"app.Settings"`
//		Cache    *Cache   `inject:",optional"` // the zero value without a provider
//	}
//
// It gives the value; then, if it likes, its clean-up, which is a func(), a
// func() error or a func(error) error that is told why the request failed; then,
// if it likes, an error. A singleton that needs nothing foreign is built once
// for all apps of a server.
//
// # Errors
//
// A function of another form stops the fx app with an error that names it.
func Provide(constructor any, opts ...Option) fx.Option {
	source := callerSource()
	g, err := newRegistration(constructor, opts, source)
	if err != nil {
		return refused("Provide", describe(constructor), source, err)
	}
	return offer(g, g.wishes())
}

// Supply provides a value under a key in the form of [ParseKey]: "app.Settings"
// for a class of Python's, "greeting" for a parameter of that name. A func is what
// a class with __call__ is in Python.
//
// # Errors
//
// A text that is no key stops the fx app.
func Supply(key string, value any) fx.Option {
	source := callerSource()
	if err := ValidKey(key); err != nil {
		return refused("Supply", fmt.Sprintf("%q", key), source, err)
	}
	return offer(newValue("the supplied", ParseKey(key), value, source), nil)
}

// Bind makes the Go type T and a type of Python's, or a plain name, one:
//
//	di.Bind[*store.Store]("store.Store")
//
// Whichever of the two has a provider, in either language, answers both. If
// neither has, the fx app's value of type T does.
//
// # Errors
//
// A text that is no key stops the fx app.
func Bind[T any](name string) fx.Option {
	source := callerSource()
	if err := ValidKey(name); err != nil {
		return refused("Bind", fmt.Sprintf("%q", name), source, err)
	}
	g := &Registration{source: source, names: []string{name}, tied: KeyOf[T]()}
	return offer(g, []reflect.Type{reflect.TypeFor[T]()})
}

// Replace puts a value in the place of what provides the type T, and the names
// that are tied to it, as [fx.Replace] does in an fx app. It is for tests.
//
// # Errors
//
// That nothing provides T is a fault of [Registry.Seal].
func Replace[T any](value T) fx.Option {
	g := newValue("the replacement", KeyOf[T](), value, callerSource())
	g.provider.Type = reflect.TypeFor[T]()
	g.replacing = true
	return offer(g, nil)
}

// ReplaceKey is [Replace] for a key in the form of [ParseKey].
//
// # Errors
//
// As Replace, and a text that is no key stops the fx app.
func ReplaceKey(key string, value any) fx.Option {
	source := callerSource()
	if err := ValidKey(key); err != nil {
		return refused("ReplaceKey", fmt.Sprintf("%q", key), source, err)
	}
	g := newValue("the replacement", ParseKey(key), value, source)
	g.replacing = true
	return offer(g, nil)
}

// offer gives a registration to the fx app, with the values that it has of the
// types. fx learns what to inject from a function's type, so one is made.
func offer(g *Registration, types []reflect.Type) fx.Option {
	result := []reflect.Type{reflect.TypeFor[*Registration]()}
	constructor := reflect.MakeFunc(reflect.FuncOf(types, result, false), func(values []reflect.Value) []reflect.Value {
		return []reflect.Value{reflect.ValueOf(g.with(values))}
	})
	annotations := []fx.Annotation{fx.ResultTags(group)}
	if len(types) > 0 {
		tags := make([]string, len(types))
		for i := range tags {
			tags[i] = `optional:"true"`
		}
		annotations = append(annotations, fx.ParamTags(tags...))
	}
	return fx.Provide(fx.Annotate(constructor.Interface(), annotations...))
}

func refused(option, of string, source Source, err error) fx.Option {
	return fx.Error(fmt.Errorf("di.%s(%s) (%s): %w", option, of, source, err))
}

// describe names what was given for a constructor.
func describe(constructor any) string {
	if fn := reflect.ValueOf(constructor); fn.Kind() == reflect.Func && !fn.IsNil() {
		return functionName(fn)
	}
	return fmt.Sprintf("%T", constructor)
}

// callerSource is the place that called the exported function that calls it.
func callerSource() Source {
	_, file, line, ok := runtime.Caller(2)
	if !ok {
		return Source{}
	}
	return Source{File: file, Line: line}
}
