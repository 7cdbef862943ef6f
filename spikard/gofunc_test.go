package spikard_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
)

// half is a func type with a method of its own.
type half func(n int) (int, error)

func (half) Name() string { return "half" }

func halve(n int) (int, error) {
	if n%2 == 1 {
		return 0, errors.New("it is odd")
	}
	return n / 2, nil
}

// callable is an app with a class whose instances are called.
func callable(methods ...pybridge.Method) (*pybridgetest.Engine, *pybridgetest.App) {
	engine := pybridgetest.New()
	app := engine.App("app:app")
	call := pybridge.Method{
		Name: "__call__", Async: true, Params: []pybridge.Param{param("n")}, Returns: &pybridge.Type{Kind: pybridge.TypeInt},
	}
	app.Class(pybridge.Class{Name: "shop.Half", Kind: pybridge.ClassPlain, Methods: append(methods, call)})
	return engine, app
}

func TestGoFuncsForPython(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]any{"func": halve, "type": half(halve)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var methods []pybridge.Method
			if name == "type" {
				methods = append(methods, pybridge.Method{Name: "name"})
			}
			engine, app := callable(methods...)
			for path, n := range map[string]int{"/even": 8, "/odd": 7} {
				app.Get(path, pybridgetest.Func{
					Name: "app.x", Params: []pybridge.Param{inject("half", "__type__shop.Half")},
					Run: func(ctx context.Context, args []any) (any, error) {
						proxy := args[0].(*pybridgetest.Proxy)
						if name == "type" {
							if got, err := proxy.Call(ctx, "name"); got != "half" || err != nil {
								t.Errorf("the func's own method: %v, %v", got, err)
							}
						}
						return proxy.Call(ctx, "__call__", n)
					},
				})
			}
			s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"), di.Supply("shop.Half", f))
			if got := s.get(t, "/even"); got.text != "4" {
				t.Errorf("got %s\n%s", got.text, s.logs)
			}
			if got := s.get(t, "/odd"); got.StatusCode != 500 || !strings.Contains(s.logs.String(), "it is odd") {
				t.Errorf("a func's error: %d\n%s", got.StatusCode, s.logs)
			}
		})
	}
}

func TestGoFuncFaults(t *testing.T) {
	t.Parallel()
	engine, app := callable()
	app.Get("/", pybridgetest.Func{Name: "app.x", Params: []pybridge.Param{
		inject("half", "__type__shop.Half"), inject("other", "other"),
	}})
	text := startError(t, engine, spikard.Config{}, spikard.PythonApp("app:app"),
		di.Supply("shop.Half", func(int, int) int { return 0 }), di.Supply("other", halve))
	for _, want := range []string{
		"gofunc_test.go:", "method __call__", "it takes 2 arguments, Python's takes 1",
		"func(int) (int, error) for \"other\"", "Protocol with `async def __call__",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
}
