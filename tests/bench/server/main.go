// Command server serves the benchmark's workloads from a Python app, with the
// default configuration. The app is in the binary, so that it runs from any
// folder.
package main

import (
	"context"
	"embed"
	"flag"
	"fmt"
	"os"

	"go.uber.org/dig"
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/pybridge/embedded"
	"github.com/spikard/spikard-go/spikard"
)

//go:embed app.py
var files embed.FS

func main() {
	port := flag.Int("port", 8000, "where to listen on 127.0.0.1")
	flag.Parse()
	if err := serve(*port); err != nil {
		fmt.Fprintln(os.Stderr, "server:", dig.RootCause(err))
		os.Exit(1)
	}
}

// serve runs until a signal comes.
func serve(port int) error {
	app := fx.New(
		fx.NopLogger,
		spikard.Module,
		embedded.Module,
		spikard.PythonFS(files, "app:app"),
		spikard.WithConfig(spikard.Config{Addr: fmt.Sprintf("127.0.0.1:%d", port)}),
	)
	if err := app.Err(); err != nil {
		return err
	}
	starting, cancel := context.WithTimeout(context.Background(), app.StartTimeout())
	defer cancel()
	if err := app.Start(starting); err != nil {
		return err
	}
	<-app.Wait()
	stopping, cancel := context.WithTimeout(context.Background(), app.StopTimeout())
	defer cancel()
	return app.Stop(stopping)
}
