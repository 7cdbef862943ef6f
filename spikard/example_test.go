package spikard_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
)

// show serves for one request. A program would rather call fx.App's Run.
func show(path string, opts ...fx.Option) {
	var server *spikard.Server
	app := fx.New(fx.NopLogger, spikard.Module, fx.Options(opts...), fx.Populate(&server),
		spikard.WithConfig(spikard.Config{Addr: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)}))
	if err := app.Start(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	defer app.Stop(context.Background())
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + server.Addr() + path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode, string(body))
}

// Orders is a store that fx constructs.
type Orders struct{}

// GetOrder is the input of a handler.
type GetOrder struct {
	ID int `path:"id"`
}

// Order is an answer.
type Order struct {
	ID    int    `json:"id"`
	Title string `json:"title"`
}

func (o *Orders) find(id int) Order { return Order{ID: id, Title: "Dune"} }

// A handler in Go: its input comes from the request, its other arguments from
// fx.
func ExampleGet() {
	show("/orders/7",
		fx.Provide(func() *Orders { return &Orders{} }),
		spikard.Get("/orders/{id}", func(_ context.Context, in GetOrder, orders *Orders) (Order, error) {
			return orders.find(in.ID), nil
		}),
	)
	// Output: 200 {"id":7,"title":"Dune"}
}

// A Python app, here one of the fake engine of package pybridgetest. A program
// would have embedded.Module instead.
func ExamplePythonApp() {
	engine := pybridgetest.New()
	engine.App("app:app").Get("/hello", pybridgetest.Func{
		Name: "app.hello",
		Run:  func(context.Context, []any) (any, error) { return map[string]string{"message": "Hello"}, nil },
	})
	show("/api/hello",
		fx.Supply(fx.Annotate(engine, fx.As(new(pybridge.Engine)))),
		spikard.PythonApp("app:app", spikard.Prefix("/api")),
	)
	// Output: 200 {"message":"Hello"}
}

// An answer with a status of its own.
func ExampleStatus() {
	show("/teapot", spikard.Get("/teapot", func() (spikard.Reply, error) {
		return spikard.Status(http.StatusTeapot, "short and stout"), nil
	}))
	// Output: 418 "short and stout"
}

// All faults of a configuration are reported at once.
func ExampleConfig_Validate() {
	fmt.Println(spikard.Config{TLSKeyFile: "key.pem", TrustedProxies: []string{"everyone"}}.Validate())
	// Output:
	// config: TLSCertFile: TLSCertFile and TLSKeyFile go together: set both or none
	// config: TrustedProxies[0]: "everyone" is no IP address and no CIDR range, as 10.0.0.0/8
}
