package spikard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"go.uber.org/dig"
	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"
)

// startTimeout is what Run gives a start: the first unpacking of an embedded
// Python and the imports of a large app fit in, a hang doesn't go unnoticed.
const startTimeout = 2 * time.Minute

// Run serves a Python app until SIGINT or SIGTERM and then ends the process.
// It is the whole main function of most programs:
//
//	func main() { spikard.Run("app:app", embedded.Module) }
//
// The target is as in [PythonApp]; an engine's module has to be among opts. A
// start that fails prints one readable error and ends the process with exit
// code 1. A signal during the start undoes it; a second signal ends that, or
// the drain, at once. SIGQUIT writes the stacks of Python and of Go to the
// standard error and ends the process with exit code 2.
func Run(target string, opts ...fx.Option) {
	dir, name := splitTarget(target)
	app := providePython(appOption{target: name, dir: dir, source: callerSource()}, nil)
	Serve(append([]fx.Option{app}, opts...)...)
}

// Serve is [Run] for programs whose apps are among opts: embedded ones,
// several, or none beside Go handlers. [Module] is there already.
//
//	func main() {
//		spikard.Serve(embedded.Module, spikard.PythonFS(files, "app:app"))
//	}
//
// It takes the place of [fx.App.Run], which catches signals only after the
// start and tells of a failed one in fx's own words.
func Serve(opts ...fx.Option) {
	os.Exit(run(context.Background(), os.Stderr, opts))
}

// run is Serve without the end of the process.
func run(ctx context.Context, stderr io.Writer, opts []fx.Option) int {
	var server *Server
	starting, interrupt := context.WithTimeout(ctx, startTimeout)
	defer interrupt()
	app := fx.New(
		fx.WithLogger(func() fxevent.Logger { return fxevent.NopLogger }),
		Module,
		fx.Options(opts...),
		fx.Populate(&server),
		fx.Decorate(func(lc fx.Lifecycle) fx.Lifecycle { return interruptible{Lifecycle: lc, starting: starting} }),
	)
	if err := app.Err(); err != nil {
		fmt.Fprintln(stderr, "spikard:", readable(err))
		return 1
	}
	defer tellOnQuit(stderr, server, os.Exit)()
	// fx's own Run catches signals only after the start, when the server has
	// been listening for a while: one in between would end the process at once.
	ended := app.Wait()
	server.ownsStart = true
	err := startApp(starting, interrupt, app, server)
	if errors.Is(err, errStoppedAtOnce) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "spikard:", readable(err))
		return 1
	}
	var code int
	select {
	case end := <-ended:
		code = end.ExitCode
	case <-ctx.Done():
	}
	if err := stopApp(app, server); err != nil {
		fmt.Fprintln(stderr, "spikard:", readable(err))
		return 1
	}
	return code
}

// interruptible has hooks start with a context of their own. Were it fx that
// had it, an interrupted start would return before its hooks do, and be rolled
// back with a context that has ended, which is not at all.
type interruptible struct {
	fx.Lifecycle
	starting context.Context
}

// Append adds a hook that doesn't start any more once the start is interrupted.
func (l interruptible) Append(hook fx.Hook) {
	if start := hook.OnStart; start != nil {
		hook.OnStart = func(context.Context) error {
			if err := l.starting.Err(); err != nil {
				return err
			}
			return start(l.starting)
		}
	}
	l.Lifecycle.Append(hook)
}

// startApp starts everything, or undoes what was started. A signal or the end
// of the time interrupts the start; a second signal, or a hook that doesn't
// return after it, leaves the rest to the end of the process.
func startApp(starting context.Context, interrupt func(), app *fx.App, server *Server) error {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	undoing, giveUp := context.WithCancel(context.WithoutCancel(starting))
	defer giveUp()
	started := make(chan error, 1)
	go func() { started <- app.Start(undoing) }()
	signalled := false
	select {
	case err := <-started:
		return settle(starting, err, signalled, app, server)
	case <-signals:
		signalled = true
		interrupt()
	case <-starting.Done():
	}
	select {
	case err := <-started:
		return settle(starting, err, signalled, app, server)
	case <-signals:
	case <-time.After(server.stopTimeout()):
	}
	return fmt.Errorf("the start could not be undone: %w", starting.Err())
}

// settle ends a start that failed, or that succeeded because its interruption
// came too late for the last hook. fx rolls back the failed one by itself, but
// goes on listening for signals until it is stopped.
func settle(starting context.Context, err error, signalled bool, app *fx.App, server *Server) error {
	interrupted := starting.Err()
	switch {
	case err == nil && interrupted == nil:
		return nil
	case err == nil && signalled:
		return cmp.Or(stopApp(app, server), errStoppedAtOnce)
	case err == nil:
		err = interrupted
	}
	return errors.Join(err, stopApp(app, server))
}

// errStoppedAtOnce is that of a start which had succeeded when a signal came: it was
// a stop like any other.
var errStoppedAtOnce = errors.New("stopped at once")

// stopApp stops with the time that the configuration asks for.
func stopApp(app *fx.App, server *Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), server.stopTimeout())
	defer cancel()
	hurried := make(chan os.Signal, 1)
	signal.Notify(hurried, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(hurried)
	stopped := make(chan error, 1)
	go func() { stopped <- app.Stop(ctx) }()
	select {
	case err := <-stopped:
		return err
	case <-hurried:
		server.hurry()
		return <-stopped
	}
}

// readable gives the cause that a user can act on, without the way fx took to
// it.
func readable(err error) string {
	root := dig.RootCause(err)
	var start *StartError
	if errors.As(err, &start) {
		return start.Error()
	}
	if text := err.Error(); strings.Contains(text, "pybridge.Engine") && strings.Contains(text, "missing type") {
		return "no Python engine: add one to the options, as embedded.Module of " +
			"github.com/spikard/spikard-go/pybridge/embedded"
	}
	return root.Error()
}
