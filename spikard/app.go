package spikard

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
)

// The fx groups through which the options of this file reach the server. fx
// gives a group's members in no order, so each carries its source.
const (
	appGroup   = `group:"spikard.apps"`
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
// share one server, each below its own prefix. A hook has it for the routes that
// it is for, see [OnRequest].
func Prefix(path string) PrefixOption { return prefixOption(path) }

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
// The arguments after it are dependencies by their types: what [di.Provide] and
// the other options of that package have for them, made for each request or once,
// and else the fx app's values. What makes them is cleaned up before the answer is
// sent, and told of the handler's error. The first result is sent as JSON, a [Reply] with its own status and headers, nothing
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
	// parameters are the handler's dependencies. They are optional: what fx lacks
	// may come from elsewhere, and is missed at the start if it doesn't.
	constructor := reflect.MakeFunc(
		reflect.FuncOf(h.deps, []reflect.Type{reflect.TypeFor[goRoute]()}, false),
		func(deps []reflect.Value) []reflect.Value {
			r := goRoute{method: method, path: path, handler: h, deps: deps, source: source}
			return []reflect.Value{reflect.ValueOf(r)}
		})
	optional := slices.Repeat([]string{`optional:"true"`}, len(h.deps))
	return fx.Provide(fx.Annotate(constructor.Interface(), fx.ParamTags(optional...), fx.ResultTags(routeGroup)))
}

// addTo adds the fx app's values that the handler asks for, for where nothing else
// provides them.
func (r *goRoute) addTo(registry *di.Registry) {
	for i, t := range r.handler.deps {
		if v := r.deps[i]; !v.IsZero() {
			addFxValue(registry, t, v, r.source)
		}
	}
}

func addFxValue(registry *di.Registry, t reflect.Type, v reflect.Value, source api.Source) {
	registry.Add(di.Provider{
		Key: di.KeyOfType(t), Lifetime: di.Singleton, Weak: true, Type: t,
		Name: "the fx app", Source: di.Source(source), Build: constantly(v.Interface()),
	})
}

// constantly is the build of a value that is there.
func constantly(value any) di.BuildFunc {
	return func(context.Context, []any) (any, func(error) error, error) { return value, nil, nil }
}

// callerSource is the place that called the exported function that calls it.
func callerSource() api.Source {
	_, file, line, ok := runtime.Caller(2)
	if !ok {
		return api.Source{}
	}
	return api.Source{File: file, Line: line}
}
