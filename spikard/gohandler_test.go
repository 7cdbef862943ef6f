package spikard_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

type getOrder struct {
	ID int `path:"id"`
}

type newOrder struct {
	Order struct {
		Title string `json:"title"`
	} `body:"json"`
}

type settings struct {
	Currency string `json:"currency"`
}

type base struct {
	Greeting string `inject:"greeting"`
}

type priced struct {
	base
	ID       int             `path:"id"`
	Settings settings        `inject:"__type__app.Settings"`
	Raw      pybridge.Object `inject:"__type__app.Settings"`
}

func TestGoHandlers(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	closed := 0
	app.Provide("__type__app.Settings", "request", pybridgetest.Func{Name: "app.settings", Run: func(context.Context, []any) (any, error) {
		return pybridgetest.Yield{Value: map[string]string{"currency": "EUR"}, Close: func(error) error { closed++; return nil }}, nil
	}})
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"),
		fx.Supply(&orders{count: 3}), di.Supply("greeting", "hello"),
		spikard.Get("/orders", listOrders),
		spikard.Get("/orders/{id}", func(_ context.Context, in getOrder, o *orders) (map[string]int, error) {
			return map[string]int{"id": in.ID, "of": o.count}, nil
		}),
		spikard.Post("/orders", func(in newOrder) (spikard.Reply, error) {
			return spikard.Reply{Status: 201, Header: http.Header{"Location": {"/orders/9"}}, Body: in.Order}, nil
		}),
		spikard.Put("/orders", func() (any, error) { return spikard.Status(202, nil), nil }),
		spikard.Delete("/orders/{id}", func(context.Context) error { return nil }),
		spikard.Get("/raw", func() spikard.Reply {
			return spikard.Reply{Header: http.Header{"Content-Type": {"text/csv"}}, Body: []byte("a,b")}
		}),
		spikard.Get("/gone", func() error {
			return fmt.Errorf("wrapped: %w", api.NewProblem(410, "gone", "It is gone"))
		}),
		spikard.Get("/fails", func() (string, error) { return "", errors.New("the password is x") }),
		spikard.Get("/panics", func() string { panic("oh") }),
		spikard.Get("/unwritable", func() any { return func() {} }),
		spikard.Get("/priced/{id}", func(_ context.Context, in priced) (string, error) {
			return fmt.Sprint(in.ID, in.Settings.Currency, in.Raw != nil, in.Greeting), nil
		}),
	)
	for _, tt := range []struct {
		method, path, send string
		status             int
		body               string
	}{
		{"GET", "/orders", "", 200, "3"},
		{"GET", "/orders/7", "", 200, `{"id":7,"of":3}`},
		{"HEAD", "/orders/7", "", 200, ""},
		{"POST", "/orders", `{"title":"a<b"}`, 201, `{"title":"a<b"}`},
		{"PUT", "/orders", "", 202, ""},
		{"DELETE", "/orders/7", "", 204, ""},
		{"GET", "/raw", "", 200, "a,b"},
		{"GET", "/priced/7", "", 200, `"7EURtruehello"`},
	} {
		t.Run(tt.method+tt.path, func(t *testing.T) {
			got := s.do(t, tt.method, tt.path, tt.send, "Content-Type", "application/json")
			if got.StatusCode != tt.status || got.text != tt.body {
				t.Errorf("%d %s, want %d %s\n%s", got.StatusCode, got.text, tt.status, tt.body, s.logs)
			}
		})
	}
	if closed != 1 {
		t.Errorf("the Python provider was ended %d times", closed)
	}
	if got := s.get(t, "/raw").Header.Get("Content-Type"); got != "text/csv" {
		t.Error(got)
	}
	if got := s.do(t, "POST", "/orders", `{"title":"x"}`, "Content-Type", "application/json").Header.Get("Location"); got != "/orders/9" {
		t.Error(got)
	}
	s.get(t, "/gone").problem(t, 410, "gone")
	for _, path := range []string{"/fails", "/panics", "/unwritable"} {
		got := s.get(t, path)
		got.problem(t, 500, "internal-server-error")
		if strings.Contains(got.text, "password") {
			t.Error(got.text)
		}
	}
	if !strings.Contains(s.logs.String(), "the password is x") {
		t.Error("the error isn't logged")
	}
}

func TestGoHandlersWithoutPython(t *testing.T) {
	t.Parallel()
	s := serve(t, nil, spikard.Config{}, spikard.Get("/", func() string { return "hello" }))
	if got := s.get(t, "/"); got.text != `"hello"` {
		t.Error(got.text)
	}
}

func TestGoHandlerFaults(t *testing.T) {
	t.Parallel()
	type wrongConstant struct {
		Greeting int `inject:"greeting"`
	}
	type unknownKey struct {
		X string `inject:"__type__app.Nothing"`
	}
	text := startError(t, hello(), spikard.Config{}, spikard.PythonApp("app:app"), di.Supply("greeting", "hello"),
		spikard.Get("/a", func(wrongConstant) string { return "" }),
		spikard.Get("/b", func(unknownKey) string { return "" }), spikard.Get("/orders", listOrders))
	for _, want := range []string{
		"gohandler_test.go:", "field Greeting is a int", "app.Nothing", "field X",
		"listOrders, argument *spikard_test.orders (number 2)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
	for _, handler := range []any{nil, 7, func() (int, int) { return 0, 0 }, func(...int) {}} {
		app, _, _ := newApp(nil, spikard.Config{}, spikard.Get("/", handler))
		if err := app.Err(); err == nil || !strings.Contains(err.Error(), "gohandler_test.go:") {
			t.Errorf("%T: %v", handler, err)
		}
	}
}

// store is a Go value that stands for a Python class.
type store struct{ names map[int]string }

func (s *store) FindByID(_ context.Context, id int) (string, error) {
	name, ok := s.names[id]
	if !ok {
		return "", errors.New("no such book")
	}
	return name, nil
}

func (s *store) Count() int          { return len(s.names) }
func (s *store) Save(string) error   { return nil }
func (s *store) Clear()              { clear(s.names) }
func (s *store) Explode() string     { panic("boom") }
func (s *store) TwoArgs(_, _ string) {}

func storeClass(methods ...pybridge.Method) pybridge.Class {
	return pybridge.Class{Name: "shop.Store", Kind: pybridge.ClassPlain, Methods: methods}
}

func param(name string) pybridge.Param { return pybridge.Param{Name: name, Required: true} }

func TestGoValuesForPython(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Class(storeClass(
		pybridge.Method{Name: "find_by_id", Params: []pybridge.Param{param("id")}, Returns: &pybridge.Type{Kind: pybridge.TypeStr}},
		pybridge.Method{Name: "count"}, pybridge.Method{Name: "save", Params: []pybridge.Param{param("x")}},
		pybridge.Method{Name: "clear"}, pybridge.Method{Name: "explode"},
	))
	use := func(name string, body func(ctx context.Context, s *pybridgetest.Proxy) (any, error)) {
		app.Get("/"+name, pybridgetest.Func{
			Name: "app." + name, Params: []pybridge.Param{inject("store", "__type__shop.Store"), inject("limit", "limit")},
			Run: func(ctx context.Context, args []any) (any, error) {
				if args[1] != int64(5) {
					return nil, fmt.Errorf("limit is %v", args[1])
				}
				return body(ctx, args[0].(*pybridgetest.Proxy))
			},
		})
	}
	call := func(method string, args ...any) func(context.Context, *pybridgetest.Proxy) (any, error) {
		return func(ctx context.Context, s *pybridgetest.Proxy) (any, error) { return s.Call(ctx, method, args...) }
	}
	use("find", call("find_by_id", 1))
	use("lost", call("find_by_id", 2))
	use("wrong", call("find_by_id", "x"))
	use("few", call("find_by_id"))
	use("count", call("count"))
	use("save", call("save", "x"))
	use("clear", call("clear"))
	use("explode", call("explode"))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"),
		fx.Supply(&store{names: map[int]string{1: "Dune"}}), di.Bind[*store]("shop.Store"), di.Supply("limit", 5))
	for _, tt := range []struct {
		path string
		want string
		log  string
	}{
		{"/find", `"Dune"`, ""},
		{"/count", "1", ""},
		{"/save", "null", ""},
		{"/lost", "", "no such book"},
		{"/wrong", "", "FindByID: argument 1"},
		{"/few", "", "takes 1 arguments, was given 0"},
		{"/explode", "", "Explode: panic: boom"},
		{"/clear", "null", ""},
	} {
		got := s.get(t, tt.path)
		if tt.log == "" && got.text != tt.want {
			t.Errorf("%s: %s, want %s", tt.path, got.text, tt.want)
		}
		if tt.log != "" && (got.StatusCode != 500 || !strings.Contains(s.logs.String(), tt.log)) {
			t.Errorf("%s: %d, the log lacks %q", tt.path, got.StatusCode, tt.log)
		}
	}
}

func TestGoValueFaults(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	src := api.Source{File: "shop.py", Line: 4}
	app.Class(storeClass(
		pybridge.Method{Name: "missing_one", Source: src},
		pybridge.Method{Name: "count", Async: true, Source: src},
		pybridge.Method{Name: "two_args", Params: []pybridge.Param{param("x")}, Source: src},
	))
	for _, path := range []string{"/a", "/b"} {
		app.Get(path, pybridgetest.Func{Name: "app.x", Params: []pybridge.Param{inject("store", "__type__shop.Store")}})
	}
	text := startError(t, engine, spikard.Config{}, spikard.PythonApp("app:app"),
		fx.Supply(&store{}), di.Bind[*store]("shop.Store"))
	for _, want := range []string{"2 faults", "gohandler_test.go:", "shop.py:4", "no method MissingOne", "takes 2 arguments, Python's takes 1"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
}
