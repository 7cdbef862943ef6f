package spikard

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
)

// The fx groups through which the options of this file reach the server. fx
// gives a group's members in no order, so each carries its source.
const (
	appGroup   = `group:"spikard.apps"`
	valueGroup = `group:"spikard.values"`
	routeGroup = `group:"spikard.routes"`
)

// appOption is a Python app that was asked for, and the engine to run it.
type appOption struct {
	target string
	dir    string
	fsys   fs.FS
	prefix string
	source api.Source
	engine pybridge.Engine
}

// AppOption changes how an app is served.
type AppOption interface{ applyTo(*appOption) }

type prefixOption string

func (p prefixOption) applyTo(a *appOption) { a.prefix = string(p) }

// Prefix serves an app's routes below a path, as "/admin". Several apps may
// share one server, each below its own prefix.
func Prefix(path string) AppOption { return prefixOption(path) }

// PythonApp serves a Python app. The target is "module:attribute", imported
// from the working directory, or "path/to/file.py:attribute", imported from
// the file's folder. Without ":attribute", it is ":app".
func PythonApp(target string, opts ...AppOption) fx.Option {
	dir, name := splitTarget(target)
	return providePython(appOption{target: name, dir: dir, source: callerSource()}, opts)
}

// PythonDir serves a Python app that is imported from a folder.
func PythonDir(dir, target string, opts ...AppOption) fx.Option {
	return providePython(appOption{target: target, dir: dir, source: callerSource()}, opts)
}

// PythonFS serves a Python app from a file system, most often an embed.FS, so
// that the program needs no files beside it.
func PythonFS(fsys fs.FS, target string, opts ...AppOption) fx.Option {
	return providePython(appOption{target: target, fsys: fsys, source: callerSource()}, opts)
}

func providePython(app appOption, opts []AppOption) fx.Option {
	for _, o := range opts {
		o.applyTo(&app)
	}
	return fx.Provide(fx.Annotate(func(engine pybridge.Engine) appOption {
		app.engine = engine
		return app
	}, fx.ResultTags(appGroup)))
}

// splitTarget parts "path/to/file.py:attribute" into a folder and a target.
func splitTarget(target string) (dir, name string) {
	module, attribute, found := strings.Cut(target, ":")
	if i := strings.LastIndex(target, ".py:"); i >= 0 {
		module, attribute, found = target[:i+len(".py")], target[i+len(".py:"):], true
	}
	if strings.HasSuffix(module, ".py") || strings.ContainsRune(module, os.PathSeparator) {
		dir, module = filepath.Dir(module), strings.TrimSuffix(filepath.Base(module), ".py")
	}
	if found {
		module += ":" + attribute
	}
	return dir, module
}

// WithConfig sets the server's configuration. An fx app may also provide a
// [Config] in any other way.
func WithConfig(c Config) fx.Option { return fx.Supply(c) }

// goValue is a Go value under the key by which Python asks for it.
type goValue struct {
	key    string
	value  any
	source api.Source
}

// Bind injects the fx app's value of type T wherever Python asks for the class
// pythonType, as "store.Store":
//
//	spikard.Bind[*Store]("store.Store")
//
// A class with fields (a dataclass, a TypedDict, a NamedTuple) is built once
// from the value's JSON. Any other class becomes a proxy whose methods are
// answered by the Go value's: find_by_id by FindByID. What such a method
// takes and gives goes over as JSON; it may take a context first and give an
// error last.
//
// # Errors
//
// A class whose methods the value can't answer is a fault at start that names
// the method on both sides.
func Bind[T any](pythonType string) fx.Option {
	source := callerSource()
	return fx.Provide(fx.Annotate(func(v T) goValue {
		return goValue{key: pythonType, value: v, source: source}
	}, fx.ResultTags(valueGroup)))
}

// Provide injects a plain value for a Python class, as "app.Settings", or for
// a parameter or a key of that name, as "greeting". It is otherwise as [Bind].
func Provide(pythonType string, value any) fx.Option {
	v := goValue{key: pythonType, value: value, source: callerSource()}
	return fx.Provide(fx.Annotate(func() goValue { return v }, fx.ResultTags(valueGroup)))
}

// goRoute is a handler written in Go, with its injected arguments.
type goRoute struct {
	method  string
	path    string
	handler *goHandler
	deps    []reflect.Value
	source  api.Source
}

// Get serves GET requests for a path with a Go function:
//
//	func(ctx context.Context, in GetOrder, orders *Orders) (Order, error)
//
// All of it may be left out. The struct in is filled from the request, as its
// fields' tags path, query, header, cookie, form, file and body say; a field with
// the tag inject holds a dependency by its key, one that a Python app provides
// included:
//
//	type PlaceOrder struct {
//		Shop     string          `path:"shop"`
//		DryRun   bool            `query:"dry_run" default:"false"`
//		Order    Order           `body:"json"`
//		Settings Settings        `inject:"__type__app.Settings"` // by way of JSON
//		Pricing  pybridge.Object `inject:"__type__app.Pricing"`  // as it is
//	}
//
// The body is one of these: body:"json"; body:"form" for a struct of a whole form,
// or form:"name" and file:"name" (a [File]) for its fields; body:"raw" for a
// []byte, and body:"text" for a string, of any media type.
//
// Constraints are tags too: ge, gt, le, lt, multiple_of, min_length, max_length,
// pattern, and enum with values between commas. A field is required unless it is a
// pointer, has the tag default, or the option omitempty behind its name. What is
// missing or doesn't fit is answered with 422, as for handlers in Python.
//
// The arguments after it are the fx app's values of their types. The first
// result is sent as JSON, a [Reply] with its own status and headers, nothing
// as 204. An error that is or wraps an *api.Problem is answered as that; any
// other is logged and answered with 500.
//
// GET handlers also answer HEAD.
func Get(path string, handler any) fx.Option {
	return handle("GET", path, handler, callerSource())
}

// Post serves POST requests with a Go function, as [Get] describes.
func Post(path string, handler any) fx.Option {
	return handle("POST", path, handler, callerSource())
}

// Put serves PUT requests with a Go function, as [Get] describes.
func Put(path string, handler any) fx.Option {
	return handle("PUT", path, handler, callerSource())
}

// Patch serves PATCH requests with a Go function, as [Get] describes.
func Patch(path string, handler any) fx.Option {
	return handle("PATCH", path, handler, callerSource())
}

// Delete serves DELETE requests with a Go function, as [Get] describes.
func Delete(path string, handler any) fx.Option {
	return handle("DELETE", path, handler, callerSource())
}

// Head serves HEAD requests with a Go function, as [Get] describes.
func Head(path string, handler any) fx.Option {
	return handle("HEAD", path, handler, callerSource())
}

// Options serves OPTIONS requests with a Go function, as [Get] describes.
func Options(path string, handler any) fx.Option {
	return handle("OPTIONS", path, handler, callerSource())
}

func handle(method, path string, handler any, source api.Source) fx.Option {
	h, err := newGoHandler(handler)
	if err != nil {
		return fx.Error(&RouteError{Method: method, Path: path, Source: source, Err: err})
	}
	// fx learns what to inject from a function's type, so one is made whose
	// parameters are the handler's dependencies.
	constructor := reflect.MakeFunc(
		reflect.FuncOf(h.deps, []reflect.Type{reflect.TypeFor[goRoute]()}, false),
		func(deps []reflect.Value) []reflect.Value {
			r := goRoute{method: method, path: path, handler: h, deps: deps, source: source}
			return []reflect.Value{reflect.ValueOf(r)}
		})
	return fx.Provide(located(fx.Annotate(constructor.Interface(), fx.ResultTags(routeGroup)), handler))
}

// located has fx name the handler, and not reflect's stub, where one of its
// dependencies is missing. fx keeps the place in a field that it doesn't
// document; without the field, only the message is poorer.
func located(annotated, handler any) any {
	v := reflect.New(reflect.TypeOf(annotated)).Elem()
	v.Set(reflect.ValueOf(annotated))
	if v.Kind() != reflect.Struct {
		return annotated
	}
	if pc := v.FieldByName("FuncPtr"); pc.IsValid() && pc.CanSet() && pc.Kind() == reflect.Uintptr {
		pc.SetUint(uint64(reflect.ValueOf(handler).Pointer()))
	}
	return v.Interface()
}

// callerSource is the place that called the exported function that calls it.
func callerSource() api.Source {
	_, file, line, ok := runtime.Caller(2)
	if !ok {
		return api.Source{}
	}
	return api.Source{File: file, Line: line}
}
