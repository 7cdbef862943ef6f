package pybridgetest

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
)

// App is a fake app: what it registers goes into its manifest, with the line
// numbers counted up, as if each registration stood on the next line of its
// file.
type App struct {
	// LoadError, if set, is what loading it returns.
	LoadError error

	target   string
	manifest pybridge.Manifest
	funcs    []Func
	local    []int // hooks of the next route
}

// Func is a function of an app.
type Func struct {
	// Name is module.qualname.
	Name   string
	Params []pybridge.Param
	// Run is the body. args are the decoded wire values, one for each
	// parameter; see [Func.Defaults] and [Request]. What it gives is the
	// answer's JSON, a [Response], or for a provider any value, a [Yield]
	// included. An error is *HTTPException, *RefusedError, *pybridge.Exception (as
	// methods of a [Proxy] give it), or becomes a RuntimeError. [OpenScope] takes
	// ctx.
	Run func(ctx context.Context, args []any) (any, error)
	// Defaults stand for arguments that aren't given, by parameter name.
	Defaults map[string]any
	Kind     pybridge.FunctionKind
	Returns  *pybridge.Type
}

// HTTPException is the exception of that name.
type HTTPException struct {
	Status int
	Detail string
	Header []pybridge.HeaderLine
}

// Error gives the detail.
func (e *HTTPException) Error() string { return e.Detail }

// RefusedError is what a value of the request is refused with when it is made into
// an object: a JSON array of api.FieldErrors.
type RefusedError struct{ Errors string }

// Error is the array.
func (e *RefusedError) Error() string { return e.Errors }

// Response is an answer with its own status and header.
type Response struct {
	Status      int
	ContentType string
	Header      []pybridge.HeaderLine
	// Body is sent as it is.
	Body []byte
	// Parts are sent one by one over the call's channel, if there are any, and Fails is
	// what the iterator raises behind them.
	Parts []string
	Fails error
	// File is the path of the file that is the body.
	File string
	// Background, if set, runs when the answer was sent.
	Background func(ctx context.Context)

	refusal bool       // Go's own: what it has of the answer stays
	failure *leftError // what it is the answer to, if nobody has answered
}

// Yield is what a generator provider yields, and what it does afterwards.
type Yield struct {
	Value any
	Close func(failure error) error
}

// Request is an api.Exchange as Python code sees it.
type Request struct {
	Method, Path, Query  string
	Headers              []string
	Client, Scheme, Host string
	PathParams           map[string]any
	Body                 []byte
	// State is what Go's hooks have left.
	State map[string]any
}

// Func adds a function without registering it and gives its number.
func (a *App) Func(f Func) int {
	if f.Kind == "" {
		f.Kind = pybridge.KindFunction
	}
	for i := range f.Params {
		if f.Params[i].Alias == "" {
			f.Params[i].Alias = f.Params[i].Name
		}
	}
	a.funcs = append(a.funcs, f)
	a.manifest.Callables = append(a.manifest.Callables, pybridge.Function{
		Name: f.Name, Kind: f.Kind, Params: f.Params, Returns: f.Returns, Source: a.nextLine(),
	})
	return len(a.funcs) - 1
}

func (a *App) nextLine() api.Source {
	return api.Source{File: "app.py", Line: 10 * (1 + len(a.manifest.Callables))}
}

// lastLine is the place of the function that was added last.
func (a *App) lastLine() api.Source { return a.manifest.Callables[len(a.funcs)-1].Source }

// Route registers a handler for a method and a path.
func (a *App) Route(method, path string, f Func) {
	n := a.Func(f)
	a.manifest.Routes = append(a.manifest.Routes, pybridge.Route{
		Methods: []string{method}, Path: path, Callable: n, Source: a.lastLine(), Hooks: a.local,
	})
	a.local = nil
}

// Get registers a handler for GET.
func (a *App) Get(path string, f Func) { a.Route("GET", path, f) }

// Post registers a handler for POST.
func (a *App) Post(path string, f Func) { a.Route("POST", path, f) }

// Provide registers a provider for a key.
func (a *App) Provide(key, scope string, f Func) {
	n := a.Func(f)
	a.manifest.Providers = append(a.manifest.Providers, pybridge.Provider{
		Key: key, Scope: scope, Callable: n, Source: a.lastLine(),
	})
}

// Hook registers a hook.
func (a *App) Hook(stage pybridge.HookStage, f Func) {
	n := a.Func(f)
	a.manifest.Hooks = append(a.manifest.Hooks, pybridge.Hook{Stage: stage, Callable: n, Source: a.lastLine()})
}

// LocalHook registers a hook for the route that is registered next.
func (a *App) LocalHook(stage pybridge.HookStage, f Func) {
	a.Hook(stage, f)
	n := len(a.manifest.Hooks) - 1
	a.manifest.Hooks[n].Local = true
	a.local = append(a.local, n)
}

// ErrorHandler registers an exception handler, for a type as [raised] names it, for
// "HTTPException" or a status.
func (a *App) ErrorHandler(name string, f Func) {
	n := a.Func(f)
	_, err := strconv.Atoi(name)
	a.manifest.ErrorHandlers = append(a.manifest.ErrorHandlers, pybridge.ErrorHandler{
		Name: name, Callable: n, Source: a.lastLine(), Refusals: name == "HTTPException" || err == nil,
	})
}

// Class describes a class. Its index is set here.
func (a *App) Class(c pybridge.Class) {
	c.Index = len(a.manifest.Types)
	a.manifest.Types["__type__"+c.Name] = c
}

// Config sets a field of the app's ServerConfig.
func (a *App) Config(field string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("config %s: %v", field, err))
	}
	if a.manifest.Config == nil {
		a.manifest.Config = map[string]json.RawMessage{}
	}
	a.manifest.Config[field] = text
}

// Fault adds a registration that could not be described.
func (a *App) Fault(message string, line int) {
	a.manifest.Faults = append(a.manifest.Faults, pybridge.Fault{
		Message: message, Source: api.Source{File: "app.py", Line: line},
	})
}

// Manifest is the app's manifest, to be changed before the app is loaded.
func (a *App) Manifest() *pybridge.Manifest { return &a.manifest }
