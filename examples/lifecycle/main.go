// Command lifecycle is a small API with a login, tokens, roles that hooks check, a
// rate limit and metrics.
package main

import (
	"embed"
	"flag"
	"fmt"
	"os"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge/embedded"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

//go:embed app.py
var python embed.FS

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "`address` to listen on")
	flag.Parse()
	spikard.Serve(workshop(*addr, keyFrom(os.Getenv("WORKSHOP_KEY"))), fx.Invoke(welcome))
}

// workshop is the whole program but for its terminal. Its key isn't the variable
// SPIKARD_JWT_AUTH_SECRET: that one is the server's, which only checks tokens, and
// Tokens needs it as well.
func workshop(addr string, key Key) fx.Option {
	return fx.Options(
		embedded.Module,
		spikard.PythonFS(python, "app:app"),
		spikard.WithConfig(spikard.Config{
			Addr:    addr,
			JWTAuth: &spikard.JWTAuth{Secret: spikard.Secret(key), Issuer: issuer, Audience: []string{audience}},
		}),
		fx.Supply(key),
		di.Provide(NewTokens, di.Singleton, di.As("app.Tokens")),
		spikard.OnRequest(nameWorkshop),
	)
}

// nameWorkshop is a hook in Go: what it leaves is request.state in Python.
func nameWorkshop(x api.Exchange) {
	x.Set("workshop", "Main Street "+x.Host())
}

func welcome(lc fx.Lifecycle, server *spikard.Server) {
	lc.Append(fx.StartHook(func() {
		url := "http://" + server.Addr()
		fmt.Printf(`The workshop is open at %[1]s (Ctrl-C closes it). Try:

  curl %[1]s/login -H 'Content-Type: application/json' -d '{"name":"ann","password":"hammer"}'
  curl %[1]s/me -H "Authorization: Bearer $TOKEN"
  curl %[1]s/readyz

`, url)
	}))
}
