// Command server serves the benchmark's workloads from a Python app, configured by
// the environment alone. The app is in the binary, so that it runs from any folder.
package main

import (
	"embed"
	"flag"
	"fmt"

	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

//go:embed app.py
var files embed.FS

func main() {
	port := flag.Int("port", 8000, "where to listen on 127.0.0.1")
	flag.Parse()
	spikard.Serve(
		chosen.Module,
		spikard.PythonFS(files, "app:app"),
		chain(),
		hooks(),
		spikard.Get("/go", func() (map[string]string, error) { return map[string]string{"message": "Hello"}, nil }),
		spikard.WithConfig(spikard.Config{Addr: fmt.Sprintf("127.0.0.1:%d", *port)}),
	)
}
