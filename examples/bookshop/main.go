// Command bookshop serves the catalogue of a bookshop: Go keeps it in SQLite,
// Python answers most of the requests, and each injects what the other has.
package main

import (
	"cmp"
	"embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/spikard"
)

//go:embed app.py
var python embed.FS

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "`address` to listen on")
	db := flag.String("db", defaultFile(), "SQLite `file` of the catalogue")
	flag.Parse()
	spikard.Serve(bookshop(*addr, *db), fx.Invoke(welcome))
}

// bookshop is the whole program but for its terminal.
func bookshop(addr, file string) fx.Option {
	return fx.Options(
		engine,
		spikard.WithConfig(spikard.Config{Addr: addr, ShutdownTimeout: 10 * time.Second}),

		fx.Provide(func(lc fx.Lifecycle) *Store {
			store := NewStore(file)
			lc.Append(fx.StartStopHook(store.Open, store.Close))
			return store
		}),
		di.Bind[*Store]("app.Store"),

		spikard.PythonFS(python, "app:app"),
		spikard.Get("/stats", getStats),
		spikard.Get("/books/{id:int}/cover", getCover),
	)
}

func welcome(lc fx.Lifecycle, server *spikard.Server) {
	lc.Append(fx.StartHook(func() {
		url := "http://" + server.Addr()
		fmt.Printf(`The bookshop is open at %[1]s (Ctrl-C closes it). Try:

  curl '%[1]s/books?author=le+guin&max_price=1200'
  curl -i %[1]s/books -H 'Content-Type: application/json' -d '{"title": "Piranesi", "author": "Susanna Clarke", "year": 2020, "price": 1099}'
  curl %[1]s/stats

`, url)
	}))
}

// defaultFile lies in the user's cache folder, or here where there is none.
func defaultFile() string {
	dir, _ := os.UserCacheDir()
	return filepath.Join(cmp.Or(dir, "."), "spikard-bookshop", "books.db")
}
