// Command typed_di is a ledger: its transactions are Go's, its rules Python's,
// and one graph of dependencies, known by their types, has both.
package main

import (
	"embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge/embedded"
	"github.com/spikard/spikard-go/spikard"
)

//go:embed app.py
var python embed.FS

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "`address` to listen on")
	file := flag.String("db", filepath.Join(os.TempDir(), "spikard-ledger.db"), "SQLite `file` of the ledger")
	graph := flag.Bool("graph", false, "print the dependencies, and end")
	flag.Parse()
	then := fx.Invoke(welcome)
	if *graph {
		*addr = "127.0.0.1:0" // beside one that runs
		then = fx.Invoke(printGraph)
	}
	spikard.Serve(ledger(*addr, File(*file)), then)
}

// Settings are what app.py knows under the same name.
type Settings struct {
	Bank    string         `json:"bank"`
	Tariffs map[string]int `json:"tariffs"`
}

// ledger is the whole program but for its terminal.
func ledger(addr string, file File) fx.Option {
	return fx.Options(
		embedded.Module,
		spikard.WithConfig(spikard.Config{Addr: addr}),
		fx.Supply(file),

		di.Supply("app.Settings", Settings{Bank: "bank", Tariffs: map[string]int{"standard": 10, "business": 2}}),
		di.Provide(OpenPool, di.Singleton),
		di.Provide(OpenReader, di.Singleton, di.Named("reader"), di.As("app.Database#reader")),
		di.Provide(NewUnitOfWork, di.As("app.UnitOfWork")), // one for each request
		di.Provide(NewFees, di.As("app.Fees")),

		spikard.PythonFS(python, "app:app"),
		spikard.Post("/accounts", openAccount),
		spikard.Get("/fees/{cents:int}", getQuote),
		spikard.Get("/audit", listAudit),
	)
}

func welcome(lc fx.Lifecycle, server *spikard.Server) {
	lc.Append(fx.StartHook(func() {
		url := "http://" + server.Addr()
		fmt.Printf(`The ledger is open at %[1]s (Ctrl-C closes it). Try:

  curl %[1]s/accounts -H 'Content-Type: application/json' -d '{"id": "ada", "cents": 1000}'
  curl %[1]s/transfers -H 'Content-Type: application/json' -d '{"payer": "ada", "payee": "bank", "cents": 500}'
  curl -i -X DELETE %[1]s/accounts/ada
  curl %[1]s/accounts/ada

`, url)
	}))
}

func printGraph(lc fx.Lifecycle, server *spikard.Server, stop fx.Shutdowner) {
	lc.Append(fx.StartHook(func() error {
		graph, err := server.Graph()
		if err != nil {
			return err
		}
		if err := graph.WriteText(os.Stdout); err != nil {
			return err
		}
		return stop.Shutdown()
	}))
}
