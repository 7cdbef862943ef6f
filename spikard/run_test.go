package spikard

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
)

func TestRunStopsInOrder(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	engine.App("app:app")
	var stderr bytes.Buffer
	code := run(t.Context(), &stderr, []fx.Option{
		PythonApp("app:app"), WithConfig(Config{Addr: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)}),
		fx.Supply(fx.Annotate(engine, fx.As(new(pybridge.Engine)))),
		fx.Invoke(func(lc fx.Lifecycle, stopper fx.Shutdowner) {
			lc.Append(fx.StartHook(func() error { return stopper.Shutdown(fx.ExitCode(3)) }))
		}),
	})
	if code != 3 || stderr.Len() > 0 {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
	if engines, apps := engine.Running(); engines != 0 || apps != 0 {
		t.Errorf("%d engines and %d apps are left over", engines, apps)
	}
}

func TestRunUndoesWhatWasStarted(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	engine.App("app:app")
	ctx, cancel := context.WithCancel(t.Context())
	var stderr bytes.Buffer
	code := run(ctx, &stderr, []fx.Option{
		PythonApp("app:app"), WithConfig(Config{Addr: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)}),
		fx.Supply(fx.Annotate(engine, fx.As(new(pybridge.Engine)))),
		// fx itself rolls nothing back once the context of a start has ended.
		fx.Invoke(func(lc fx.Lifecycle) { lc.Append(fx.StartHook(cancel)) }),
	})
	if code != 1 || !strings.Contains(stderr.String(), "context canceled") {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
	if engines, apps := engine.Running(); engines != 0 || apps != 0 {
		t.Errorf("%d engines and %d apps are left over", engines, apps)
	}
}

// The tests of signals aren't parallel: a signal is for the whole process.

func interruptSelf(t *testing.T) {
	t.Helper()
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Signal(os.Interrupt)
	}
	if err != nil {
		t.Error(err)
	}
}

func TestRunCatchesSignalsDuringTheStart(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error // what the interrupted hook gives
		want []string
	}{
		{"the hook fails", context.Canceled, []string{"hook", "first stop"}},
		{"the hook succeeds", nil, []string{"hook", "hook stop", "first stop"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			engine := pybridgetest.New()
			engine.App("app:app")
			var ran []string // by one hook at a time, and all before run returns
			var stderr bytes.Buffer
			note := func(what string) func() { return func() { ran = append(ran, what) } }
			code := run(t.Context(), &stderr, []fx.Option{
				PythonApp("app:app"), WithConfig(Config{Addr: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)}),
				fx.Supply(fx.Annotate(engine, fx.As(new(pybridge.Engine)))),
				fx.Invoke(func(lc fx.Lifecycle) {
					lc.Append(fx.StopHook(note("first stop")))
					lc.Append(fx.StartStopHook(func(ctx context.Context) error {
						interruptSelf(t)
						<-ctx.Done()
						time.Sleep(5 * time.Millisecond) // whoever doesn't wait is ahead now
						note("hook")()
						return tt.err
					}, note("hook stop")))
					lc.Append(fx.StartHook(note("a hook after the interruption")))
				}),
			})
			if code != 1 || !strings.Contains(stderr.String(), "context canceled") {
				t.Errorf("exit code %d: %s", code, stderr.String())
			}
			if !slices.Equal(ran, tt.want) {
				t.Errorf("ran %q, want %q", ran, tt.want)
			}
			if engines, apps := engine.Running(); engines != 0 || apps != 0 {
				t.Errorf("%d engines and %d apps are left over", engines, apps)
			}
		})
	}
}

func TestSecondSignalGivesTheStartUp(t *testing.T) {
	release, returned := make(chan struct{}), make(chan struct{})
	starting, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	app := fx.New(fx.NopLogger, fx.Invoke(func(lc fx.Lifecycle) {
		lc.Append(fx.StartHook(func() {
			defer close(returned)
			interruptSelf(t)
			<-starting.Done()
			interruptSelf(t)
			<-release
		}))
	}))
	err := startApp(starting, interrupt, app, new(Server))
	if err == nil || !strings.Contains(err.Error(), "could not be undone") {
		t.Errorf("got %v", err)
	}
	close(release)
	<-returned
}

func TestRunShowsTheCause(t *testing.T) {
	t.Parallel()
	engine := fx.Supply(fx.Annotate(pybridgetest.New(), fx.As(new(pybridge.Engine))))
	for _, tt := range []struct {
		name string
		opts []fx.Option
		want string
	}{
		{"no engine", []fx.Option{PythonApp("app:app")}, "spikard: no Python engine: add one"},
		{"no app", []fx.Option{engine, PythonApp("app:app")}, "spikard: start refused: load python app \"app:app\" (app.py:1)"},
		{"a constructor fails", []fx.Option{
			fx.Provide(func() (int, error) { return 0, context.DeadlineExceeded }), Get("/", func(int) {}),
		}, "spikard: context deadline exceeded"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var stderr bytes.Buffer
			if code := run(t.Context(), &stderr, tt.opts); code != 1 || !strings.HasPrefix(stderr.String(), tt.want) {
				t.Errorf("exit code %d: %s", code, stderr.String())
			}
		})
	}
}

func TestHurryEndsTheDrain(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	engine := pybridgetest.New()
	engine.App("app:app").Get("/", pybridgetest.Func{Name: "app.slow", Run: func(ctx context.Context, _ []any) (any, error) {
		close(entered)
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	var server *Server
	app := fx.New(fx.NopLogger, Module, PythonApp("app:app"), fx.Populate(&server),
		WithConfig(Config{Addr: "127.0.0.1:0", ShutdownTimeout: time.Hour, Logger: slog.New(slog.DiscardHandler)}),
		fx.Supply(fx.Annotate(engine, fx.As(new(pybridge.Engine)))))
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		if resp, err := client.Get("http://" + server.Addr()); err == nil {
			resp.Body.Close()
		}
	}()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- app.Stop(context.Background()) }()
	server.hurry()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	<-answered
}

func TestSplitTarget(t *testing.T) {
	t.Parallel()
	for target, want := range map[string][2]string{
		"app:app":             {"", "app:app"},
		"app":                 {"", "app"},
		"shop.main:create":    {"", "shop.main:create"},
		"app.py":              {".", "app"},
		"app.py:api":          {".", "app:api"},
		"path/to/app.py:app":  {"path/to", "app:app"},
		"/abs/app.py:app":     {"/abs", "app:app"},
		"path/to/app:app":     {"path/to", "app:app"},
		"odd:dir/app.py:app":  {"odd:dir", "app:app"},
		"../sibling/main.py":  {"../sibling", "main"},
		"examples/one/app.py": {"examples/one", "app"},
	} {
		if dir, name := splitTarget(target); dir != want[0] || name != want[1] {
			t.Errorf("%s: %q %q, want %q", target, dir, name, want)
		}
	}
}

func TestGate(t *testing.T) {
	t.Parallel()
	g := newGate()
	for inside := range int64(2) {
		if !g.enter() || g.inside() != inside+1 {
			t.Fatal("the gate is not open")
		}
	}
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if g.close(short) {
		t.Error("closed with two inside")
	}
	if g.enter() {
		t.Error("entered a shut gate")
	}
	g.leave()
	g.leave()
	select {
	case <-g.idle:
	default:
		t.Error("nobody was told that the last one left")
	}
	if g.inside() != 0 {
		t.Errorf("%d inside", g.inside())
	}
}
