package pybridge

import (
	"context"
	"io/fs"
	"log/slog"

	"github.com/spikard/spikard-go/pybridge/wire"
)

// Engine runs Python. There is one interpreter in a process; engines over it
// may come and go, one after another or side by side.
//
// # Concurrency
//
// All methods may be called from any goroutine.
type Engine interface {
	// Start brings the interpreter up, or takes part in the one that is up.
	Start(ctx context.Context) error
	// Info tells which Python runs. It is the zero value before Start.
	Info() Info
	// Load imports an app and describes what it registered. A failed Load
	// leaves nothing of the app behind and can be tried again.
	Load(ctx context.Context, spec AppSpec) (App, error)
	// Stop ends what Start began. Apps must be closed first. The interpreter
	// itself stays until the process ends: CPython can't be finalized safely
	// while threads of its own may still run.
	Stop(ctx context.Context) error
}

// Info identifies a Python.
type Info struct {
	Version    string // as "3.14.6"
	Executable string // sys.executable
	Prefix     string // sys.prefix
	Library    string // the shared library that was opened
	Origin     string // how it was chosen, as "SPIKARD_PYTHON"
}

// AppSpec says where an app is.
type AppSpec struct {
	// Target is "module:attribute", as "app:app"; ":app" may be left out.
	Target string
	// Dir is the folder the module is imported from. It comes first in
	// sys.path while the app is loaded.
	Dir string
	// FS holds the app's files instead of Dir.
	FS fs.FS
	// Logger receives what Python logs and prints as warnings. Nil: the
	// default logger.
	Logger *slog.Logger
	// Host is asked by app.scope(). Nil: Go has nothing for it.
	Host Host
}

// App is a loaded Python app.
//
// # Concurrency
//
// Calls may be made from any goroutine, Close once, after the last of them.
type App interface {
	Manifest() *Manifest
	// Compile prepares a program. It is slow and strict; what it gives is
	// fast. The result is valid until Close.
	Compile(p Program) (Callable, error)
	// Export makes a Go type known to the app: values of it are instances of a
	// Python class from now on. It gives the number for Keep and for
	// wire.GoInstance.
	Export(e Exported) (export int, err error)
	// Keep makes a Go value of an exported type known for as long as the app is
	// open and gives its handle for wire.GoValue. Python sees the same object
	// for it each time.
	Keep(export int, value any) (handle uint64, err error)
	// Drain takes no more background work (background.run, and what follows
	// answers), and waits for what runs until ctx ends: then it is cancelled, waited
	// for a moment, and cut has its names. A function that has begun can't be
	// cancelled, and goes on. The app serves calls as before.
	Drain(ctx context.Context) (cut []string, err error)
	// Close ends the app's event loop and releases its Python objects. Tasks
	// that are still running are cancelled and awaited until ctx ends.
	Close(ctx context.Context) error
}

// Program is the Python part of one request: values that Go hands over, and
// the callables to run with them, in order. Values are numbered: first the
// inputs, then the result of each step.
type Program struct {
	// Name is shown in messages.
	Name string
	// Inputs describes the values that each call brings, in order.
	Inputs []Input
	// Steps are the providers, the hooks ahead of the handler, and the gates
	// between them, in order.
	Steps []Step
	// Handler is run last; nil leaves the values of Outputs as the result.
	Handler *Step
	// OnResponse hooks run with every answer, which the argument ResponseArg
	// stands for: a handler's, a hook's, a refusal and what a failure is answered
	// with. What else they are given is made when they run, if the program has
	// not come to it.
	OnResponse []Step
	// OnError hooks run with an exception of a step or of the handler, which
	// the argument ErrorArg stands for, until one answers.
	OnError []Step
	// ErrorHandlers are the steps of Manifest.ErrorHandlers, in the same order.
	// The one of the closest class answers an exception that no OnError hook
	// has answered, or the problem of a refusal.
	ErrorHandlers []Step
	// Refusal is one more than the number of the input that holds a refusal, an
	// answer of Go's that takes the handler's place: None, or a tuple of the
	// number of the first gate that it closes, the status, the content type,
	// the header as a list of name, value, ..., the body as bytes, and whether
	// the body is a problem document. 0: the program can't be refused.
	Refusal int
	// Trace is one more than the number of the input that holds the trace context
	// of the request: None, or a tuple of W3C's traceparent and tracestate. Where
	// Python has OpenTelemetry's API, its current span is that of Go. 0: there is
	// no such input.
	Trace int
	// Outputs are the numbers of the values that Go wants to hold on to, for
	// handlers written in Go.
	Outputs []int
	// OnLoop has a program with anything asynchronous in it run on the event
	// loop's thread, also where nothing can suspend: something in it, as a
	// connection of sqlite3, belongs to that thread.
	OnLoop bool
	// StatusCode is the answer's status where the handler names none; 0 is
	// 200.
	StatusCode int
	// Threads is how many calls may be inside Python at once, counted from their
	// start to their answer: places that are this program's alone. 0: what the
	// engine has for all, of which no program gets everything.
	Threads int
	// Queue is how many calls may wait for a place; those above get an
	// *OverloadError. nil: no bound.
	Queue *int
}

// The arguments that stand for what a hook is about.
const (
	// ResponseArg is the answer, in an on_response step.
	ResponseArg = -1
	// ErrorArg is the exception, in an on_error step and in an error handler.
	ErrorArg = -2
)

// Input is a value that Go writes for each call.
type Input struct {
	// Callable and Param name the parameter whose default an Absent value
	// stands for. Callable is negative where there is none.
	Callable, Param int
}

// StepKind says what a step's result means.
type StepKind uint8

// The kinds of steps.
const (
	// StepProvide makes a value.
	StepProvide StepKind = iota
	// StepHook runs a hook: a Response from it ends the request.
	StepHook
	// StepGo has Go build values that need ones which Python has built: Callable
	// is the segment for [GoScope.Build], Args are the values it is given, and
	// its Results are numbered one after the other.
	StepGo
	// StepHandler runs the handler, or among the Steps a job: a function that may
	// block, whose value nobody wants.
	StepHandler
	// StepGate ends the program with the refusal, if there is one which closes
	// this gate: Callable is the gate's number, from 1 on. It makes no value.
	StepGate
)

// Step is one callable to run.
type Step struct {
	Kind     StepKind
	Callable int
	// Args are the numbers of its arguments' values, one for each parameter
	// of the callable, in their order.
	Args []int
	// Results is how many values a StepGo makes; other kinds make one.
	Results int
}

// Callable is a compiled program.
//
// # Concurrency
//
// Call may be made from any goroutine, any number at once.
type Callable interface {
	// Call runs the program once. in holds the inputs, one wire value each,
	// in order; it is not kept. The answer, an exception included, is in the
	// Result, which the caller must Release. An error means that Python was
	// not reached: *OverloadError, ErrClosed, or the context's error.
	Call(ctx context.Context, in []byte, req CallInfo) (Result, error)
	// Start is Call for a call that may take hours: it returns when the call waits
	// for something, and done gets the outcome, on another goroutine or ahead of
	// Start's return.
	Start(ctx context.Context, in []byte, req CallInfo, done func(Result, error))
}

// CallInfo is what a call needs to know of its request.
type CallInfo struct {
	RequestID string
	// Go is Go's half of the call: nil if the program has no StepGo and no input
	// is a wire.GoInstance.
	Go GoScope
	// Channel is for calls that talk with their client while they run; nil: they
	// can't. A failure after its Open has succeeded is a result like any other,
	// and it is up to the caller to tell the client.
	Channel Channel
}

// GoScope is what Go holds for one call of a program: values that Python sees
// by proxies, and providers that need values of Python's.
//
// # Concurrency
//
// Value may be called from several goroutines at once, also while Build runs.
// Build and Close are called one at a time.
//
// # Memory
//
// The engine lets go of it when the call's Result is released; a proxy that is
// used after that raises GoError.
type GoScope interface {
	// Value is the n-th Go value of the call, as in wire.GoInstance.
	Value(n int) any
	// Build builds the values of a segment (see [StepGo]): args are what it
	// needs of Python's, on loan for the life of the call. It writes one wire
	// value to out for each result. What it had built when it fails is undone
	// by itself. ctx is the call's.
	Build(ctx context.Context, segment int, args []Object, out *wire.Writer) error
	// Close runs the clean-up of a segment that was built, when everything that
	// was built after it has been cleaned up. failure is why the call failed, or
	// nil; the errors of earlier clean-ups are failures for later ones.
	Close(ctx context.Context, segment int, failure error) error
}

// Host answers what Python asks of Go outside of requests.
type Host interface {
	// OpenScope begins what `async with app.scope()` does.
	OpenScope() HostScope
}

// HostScope is the Go half of an app.scope(). Build and Close of its GoScope
// are not called.
//
// # Concurrency
//
// Get may be called from several goroutines at once, End once, after them.
type HostScope interface {
	GoScope
	// Get writes the value that Go has for a key: a singleton of either
	// language, or what a Go provider makes once for this scope.
	Get(ctx context.Context, key string, out *wire.Writer) error
	// End runs the clean-ups, as GoScope.Close does.
	End(ctx context.Context, failure error) error
}

// GoMethod is a method of a Go type as Python calls it: self is the value, args
// is a JSON array of the arguments in the order of the method's parameters; it
// writes one value to out. It runs without the GIL; where Python's class
// declares it async def, beside the event loop, which it resumes.
//
// An error becomes a GoError in Python, and where that ends the call,
// Exception.Err in the result. So does a panic.
type GoMethod func(ctx context.Context, self any, args []byte, out *wire.Writer) error

// Exported is a Go type whose values Python sees as instances of a class of the
// manifest, with the class' methods answered by Go.
type Exported struct {
	// Class is the class' index.
	Class int
	// Methods are in the order of Class.Methods.
	Methods []GoMethod
}
