//go:build cgo && (linux || darwin) && (amd64 || arm64)

package asyncio

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython"
)

//go:embed app.py driven.py run.py
var files embed.FS

// What a process of the test binary is told that runs a module in the engine;
// run.py reads the last one with the stock loop, too.
const (
	childModule = "SPIKARD_ASYNCIO_MODULE"
	childOut    = "SPIKARD_ASYNCIO_OUT"
	childLeaves = "SPIKARD_ASYNCIO_LEFT_OUT"
)

func TestMain(m *testing.M) {
	if os.Getenv(childModule) == "" {
		goleak.VerifyTestMain(m)
		return
	}
	if err := runChild(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// runChild has the app's one handler run the module.
func runChild(ctx context.Context) error {
	engine := cpython.New(cpython.Options{})
	if err := engine.Start(ctx); err != nil {
		return err
	}
	app, err := engine.Load(ctx, pybridge.AppSpec{Target: "app", FS: files})
	if err != nil {
		return errors.Join(err, engine.Stop(ctx))
	}
	return errors.Join(callHandler(ctx, app), app.Close(ctx), engine.Stop(ctx))
}

func callHandler(ctx context.Context, app pybridge.App) error {
	program, err := app.Compile(pybridge.Program{Handler: &pybridge.Step{Kind: pybridge.StepHandler}})
	if err != nil {
		return err
	}
	result, err := program.Call(ctx, nil, pybridge.CallInfo{})
	if err != nil {
		return err
	}
	defer result.Release()
	if result.Exception != nil {
		return fmt.Errorf("%w\n%s", result.Exception, result.Exception.Traceback)
	}
	return nil
}
