package main

import (
	"context"
	"fmt"
	"log/slog"
	"testing/fstest"
	"time"

	"go.uber.org/dig"
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

// serveSpikard serves an app with the real server, in this process, on a free
// loopback port.
func serveSpikard(ctx context.Context, generated generatedApp) (string, func(context.Context) error, error) {
	var server *spikard.Server
	app := fx.New(
		fx.NopLogger,
		fx.StopTimeout(stopLimit),
		spikard.Module,
		chosen.Module,
		spikard.PythonFS(fstest.MapFS{"app.py": {Data: []byte(generated.source)}}, "app:app"),
		spikard.WithConfig(spikard.Config{
			Addr: "127.0.0.1:0",
			// A failure's reason is in the report, which logs would drown.
			Logger:          slog.New(slog.DiscardHandler),
			ServeWithFaults: generated.withFaults,
		}),
		fx.Populate(&server),
	)
	if err := app.Err(); err != nil {
		return "", nil, dig.RootCause(err)
	}
	if err := app.Start(ctx); err != nil {
		return "", nil, dig.RootCause(err)
	}
	return server.Addr(), app.Stop, nil
}

// launched is a running server.
type launched struct {
	addr string
	stop func(context.Context) error
}

// launch starts a server, and gives up on one that does not keep to the
// context's deadline.
//
// # Errors
//
// A refused start is an error with the server's own text; errStuck is in the
// chain when it did not come back.
func launch(ctx context.Context, start serve, app generatedApp) (*launched, error) {
	server := new(launched)
	err := within(ctx, func() (err error) {
		server.addr, server.stop, err = start(ctx, app)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return server, nil
}

// close stops the server.
func (l *launched) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	if err := within(ctx, func() error { return l.stop(ctx) }); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}

// grace is what a call may take beyond its context to see that it is over.
const grace = 2 * time.Second

// within calls f, turns a panic of it into an error, and does not wait for
// longer than the context and the grace: what f still does then is lost.
func within(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- fmt.Errorf("panic: %v", p)
			}
		}()
		done <- f()
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(grace):
		return errStuck
	}
}
