package pybridgetest_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/pybridge/wire"
)

var errGo = errors.New("no such row")

// fakeApp is a loaded app and the engine it is of.
type fakeApp struct {
	*testing.T
	pybridge.App
	engine *pybridgetest.Engine
}

// load loads an app that a function has written, for a host.
func load(t *testing.T, write func(*pybridgetest.App), host pybridge.Host) *fakeApp {
	t.Helper()
	engine := pybridgetest.New()
	write(engine.App("app:app"))
	if err := engine.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	app, err := engine.Load(t.Context(), pybridge.AppSpec{Target: "app:app", Host: host})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if n := engine.Held(); n != 0 {
			t.Errorf("%d objects were not given back", n)
		}
	})
	return &fakeApp{t, app, engine}
}

func (a *fakeApp) call(p pybridge.Program, scope pybridge.GoScope, in ...func(*wire.Writer)) pybridge.Result {
	a.Helper()
	c, err := a.Compile(p)
	if err != nil {
		a.Fatal(err)
	}
	var w wire.Writer
	for _, write := range in {
		write(&w)
	}
	result, err := c.Call(a.Context(), w.Bytes(), pybridge.CallInfo{Go: scope})
	if err != nil {
		a.Fatal(err)
	}
	return result
}

// account has an attribute and a method.
type account struct {
	Name string `json:"name"`
}

func (a *account) Attr(name string) (any, bool) { return a.Name, name == "name" }

func (a *account) Call(_ context.Context, method string, args ...any) (any, error) {
	if method == "fail" {
		return nil, errors.New("failed")
	}
	return []any{method, args}, nil
}

// accounts is an app whose callable 0 provides an account.
func accounts(trail *[]string) func(*pybridgetest.App) {
	return func(a *pybridgetest.App) {
		a.Provide("account", "request", pybridgetest.Func{Name: "app.account", Run: func(context.Context, []any) (any, error) {
			return pybridgetest.Yield{Value: &account{"ada"}, Close: func(failure error) error {
				*trail = append(*trail, "close account")
				if failure != nil {
					*trail = append(*trail, failure.Error())
				}
				return failure
			}}, nil
		}})
	}
}

var anAccount = pybridge.Program{Steps: []pybridge.Step{{Callable: 0}}, Outputs: []int{0}}

func TestObjects(t *testing.T) {
	var trail []string
	app := load(t, accounts(&trail), nil)
	result := app.call(anAccount, nil)
	object := result.Objects[0]
	if got, err := pybridge.As[account](t.Context(), object); err != nil || got.Name != "ada" {
		t.Errorf("As: %v, %v", got, err)
	}
	if got, err := pybridge.Attr[string](t.Context(), object, "name"); err != nil || got != "ada" {
		t.Errorf("Attr: %q, %v", got, err)
	}
	got, err := pybridge.Call[[]any](t.Context(), object, "add", 1, "x", 1.5, object, map[string]any{"n": 1 << 40})
	want := []any{"add", []any{1.0, "x", 1.5, map[string]any{"name": "ada"}, map[string]any{"n": float64(1 << 40)}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Call: %v, %v", got, err)
	}
	var exc *pybridge.Exception
	if _, err := object.Attr(t.Context(), "nothing"); !errors.As(err, &exc) || exc.Type != "AttributeError" {
		t.Errorf("an attribute that is not there: %v", err)
	}
	if _, err := pybridge.Call[any](t.Context(), object, "fail"); !errors.As(err, &exc) || exc.Message != "failed" {
		t.Errorf("a method that fails: %v", err)
	}
	if _, err := pybridge.As[int](t.Context(), object); err == nil || !strings.Contains(err.Error(), "account as int") {
		t.Errorf("an object that is no int: %v", err)
	}
	kept, err := object.Keep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	object.Release() // the call's
	if n := app.engine.Held(); n != 2 {
		t.Errorf("%d objects are held", n)
	}
	result.Release()
	if _, err := object.JSON(t.Context()); err == nil || !strings.Contains(err.Error(), "was released") {
		t.Errorf("an object of a result that was released: %v", err)
	}
	if text, err := kept.JSON(t.Context()); err != nil || string(text) != `{"name":"ada"}` {
		t.Errorf("a kept object: %s, %v", text, err)
	}
	kept.Release()
	kept.Release()
}

func TestEnd(t *testing.T) {
	var trail []string
	app := load(t, accounts(&trail), nil)
	result := app.call(anAccount, nil)
	if err := result.End(errGo); err != nil {
		t.Errorf("End gave the failure itself: %v", err)
	}
	if err := result.End(errGo); err != nil {
		t.Errorf("a second End: %v", err)
	}
	result.Release()
	want := []string{"close account", "spikard._exceptions.GoError: no such row"}
	if !reflect.DeepEqual(trail, want) {
		t.Errorf("trail %q, want %q", trail, want)
	}
}

// scope is Go's half of a call.
type scope struct {
	trail  *[]string
	values []any
	build  func(args []pybridge.Object, out *wire.Writer) error
	fails  error // of Close
}

func (s *scope) Value(n int) any { return s.values[n] }

func (s *scope) Build(_ context.Context, segment int, args []pybridge.Object, out *wire.Writer) error {
	*s.trail = append(*s.trail, "build")
	return s.build(args, out)
}

func (s *scope) Close(_ context.Context, _ int, failure error) error {
	*s.trail = append(*s.trail, "close segment")
	if failure != nil {
		*s.trail = append(*s.trail, failure.Error())
	}
	return s.fails
}

// inTheMidst builds an account, a Go value that needs it, and calls a handler.
var inTheMidst = pybridge.Program{
	Steps: []pybridge.Step{
		{Callable: 0},
		{Kind: pybridge.StepGo, Callable: 7, Args: []int{0}, Results: 2},
	},
	Handler: &pybridge.Step{Callable: 1, Args: []int{1, 2}},
}

// handled adds a handler to an app, and the class of a Go value.
func handled(write func(*pybridgetest.App), run func(context.Context, []any) (any, error)) func(*pybridgetest.App) {
	return func(a *pybridgetest.App) {
		write(a)
		a.Get("/", pybridgetest.Func{Name: "app.handler", Params: []pybridge.Param{{Name: "a"}, {Name: "b"}}, Run: run})
		a.Class(pybridge.Class{Name: "app.Store", Methods: []pybridge.Method{{Name: "get"}}})
	}
}

func (a *fakeApp) store(get pybridge.GoMethod) int {
	a.Helper()
	export, err := a.Export(pybridge.Exported{Methods: []pybridge.GoMethod{get}})
	if err != nil {
		a.Fatal(err)
	}
	return export
}

func TestSegments(t *testing.T) {
	var trail []string
	var lent pybridge.Object
	var store *pybridgetest.Proxy
	app := load(t, handled(accounts(&trail), func(ctx context.Context, args []any) (any, error) {
		store = args[1].(*pybridgetest.Proxy)
		got, err := store.Call(ctx, "get", 1)
		return []any{args[0], got}, err
	}), nil)
	export := app.store(func(_ context.Context, self any, args []byte, out *wire.Writer) error {
		out.Str(self.(string) + string(args))
		return nil
	})
	s := &scope{trail: &trail, values: []any{"", "the store"}}
	s.build = func(args []pybridge.Object, out *wire.Writer) error {
		lent = args[0]
		name, err := pybridge.Attr[string](t.Context(), lent, "name")
		out.Str(name)
		out.GoInstance(export, 1)
		return err
	}
	result := app.call(inTheMidst, s)
	if string(result.Body) != `["ada","the store[1]"]` {
		t.Errorf("got %s, %v", result.Body, result.Exception)
	}
	if _, err := lent.JSON(t.Context()); err == nil {
		t.Error("the argument of a segment outlived it")
	}
	result.Release()
	if _, err := store.Call(t.Context(), "get"); err == nil || !strings.Contains(err.Error(), "request that is over") {
		t.Errorf("a Go value of a call that is over: %v", err)
	}
	if want := []string{"build", "close segment", "close account"}; !reflect.DeepEqual(trail, want) {
		t.Errorf("trail %q, want %q", trail, want)
	}
}

func TestSegmentFailures(t *testing.T) {
	for _, c := range []struct {
		name         string
		build, close error
		handler      bool // fails, with a method's error
		trail        []string
	}{
		{"build", errGo, nil, false, []string{"build", "close account", "spikard._exceptions.GoError: no such row"}},
		{"handler", nil, nil, true, []string{
			"build", "close segment", "spikard._exceptions.GoError: no such row",
			"close account", "spikard._exceptions.GoError: no such row",
		}},
		{"close", nil, errGo, false, []string{"build", "close segment", "close account", "spikard._exceptions.GoError: no such row"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var trail []string
			app := load(t, handled(accounts(&trail), func(ctx context.Context, args []any) (any, error) {
				if !c.handler {
					return "fine", nil
				}
				return args[1].(*pybridgetest.Proxy).Call(ctx, "get")
			}), nil)
			export := app.store(func(context.Context, any, []byte, *wire.Writer) error { return errGo })
			s := &scope{trail: &trail, values: []any{1}, fails: c.close}
			s.build = func(_ []pybridge.Object, out *wire.Writer) error {
				out.Null()
				out.GoInstance(export, 0)
				return c.build
			}
			result := app.call(inTheMidst, s)
			defer result.Release()
			if result.Outcome != pybridge.Raised || !errors.Is(result.Exception, errGo) {
				t.Errorf("outcome %d, exception %v", result.Outcome, result.Exception)
			}
			if !reflect.DeepEqual(trail, c.trail) {
				t.Errorf("trail %q, want %q", trail, c.trail)
			}
		})
	}
}

// host has one value.
type host struct{ scope }

func (h *host) OpenScope() pybridge.HostScope { return h }

func (h *host) Get(_ context.Context, key string, out *wire.Writer) error {
	if key != "greeting" {
		return errGo
	}
	out.Str("hello")
	return nil
}

func (h *host) End(_ context.Context, failure error) error { return h.fails }

func TestScope(t *testing.T) {
	app := load(t, func(a *pybridgetest.App) {
		a.Get("/", pybridgetest.Func{Name: "app.handler", Run: func(ctx context.Context, _ []any) (any, error) {
			s, err := pybridgetest.OpenScope(ctx)
			if err != nil {
				return nil, err
			}
			if _, err := s.Get(ctx, "nothing"); !errors.Is(err, errGo) {
				t.Errorf("a key that is not there: %v", err)
			}
			value, err := s.Get(ctx, "greeting")
			return value, errors.Join(err, s.End(ctx, nil))
		}})
	}, &host{})
	result := app.call(pybridge.Program{Handler: &pybridge.Step{}}, nil)
	defer result.Release()
	if string(result.Body) != `"hello"` {
		t.Errorf("got %s, %v", result.Body, result.Exception)
	}
	if _, err := pybridgetest.OpenScope(t.Context()); err == nil {
		t.Error("a scope was opened without an app")
	}
}
