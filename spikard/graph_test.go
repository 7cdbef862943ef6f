package spikard_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
)

func newPool() *pool { return &pool{"one"} }

func newUnit(p *pool) *unit { return &unit{p} }

type tariffNeeds struct {
	Settings settings `inject:"app.Settings"`
}

func newTariff(in tariffNeeds, _ *unit) *tariff { return &tariff{in.Settings.Currency} }

func showTariff(t *tariff) string { return t.currency }

// The golden files show one graph of both languages, and each route's plan. To
// make them anew: SPIKARD_UPDATE=1 go test ./spikard -run Graph.
func TestGraph(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Class(pybridge.Class{Name: "app.Tariff", Kind: pybridge.ClassPlain})
	app.Class(unitClass)
	made := func(name string, needs ...pybridge.Param) pybridgetest.Func {
		return pybridgetest.Func{Name: name, Params: needs, Run: func(context.Context, []any) (any, error) { return nil, nil }}
	}
	app.Provide("__type__app.Settings", "request", made("app.settings"))
	app.Provide("__type__app.Cache", "singleton", made("app.cache"))
	app.Manifest().Providers[1].Lazy = true
	app.Provide("session", "transient", made("app.session", inject("tariff", "__type__app.Tariff")))
	app.Hook(pybridge.StagePreHandler, made("app.guard", inject("cache", "__type__app.Cache"), inject("settings", "__type__app.Settings")))
	app.Get("/orders/{id}", made("app.order", inject("session", "session"), inject("other", "session"), inject("unit", "__type__shop.Unit")))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"),
		di.Provide(newPool, di.Singleton), di.Provide(newUnit, di.As("shop.Unit")), di.Provide(newTariff, di.As("app.Tariff")),
		spikard.Get("/tariff", showTariff))
	graph, err := s.server.Graph()
	if err != nil {
		t.Fatal(err)
	}
	var text, dot strings.Builder
	if err := graph.WriteText(&text); err != nil {
		t.Error(err)
	}
	if err := graph.WriteDOT(&dot); err != nil {
		t.Error(err)
	}
	golden(t, "graph.txt", text.String())
	golden(t, "graph.dot", dot.String())
}

// golden compares a text with a file of testdata. Lines of Go files change too
// often to be in it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = regexp.MustCompile(`(/[^ \n"\\(]*)?/(\w+\.go):\d+`).ReplaceAllString(got, "$2:00")
	file := filepath.Join("testdata", name)
	if os.Getenv("SPIKARD_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is another than\n%s", file, got)
	}
}
