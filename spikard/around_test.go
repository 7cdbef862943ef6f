package spikard_test

import (
	"fmt"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

// clock is a singleton of Go's.
type clock struct{ zone string }

// TestHookDependencies gives hooks what fx, di and the request have, and the
// handler the same value of its request as the hooks.
func TestHookDependencies(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("shop:app")
	app.Class(unitClass)
	app.Provide("session", "request", session(j))
	app.Provide("__type__app.Settings", "singleton", answers("app.settings", map[string]string{"currency": "EUR"}))
	app.Get("/", handlerWithUnit(j))
	var units []*unit
	keep := func(stage string) func(api.Exchange, *unit, *pool) {
		return func(_ api.Exchange, u *unit, p *pool) {
			j.say("%s, %s", stage, u.Name())
			if u.pool != p {
				t.Error("two pools")
			}
			units = append(units, u)
		}
	}
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("shop:app"), fx.Supply(&pool{"one"}),
		di.Provide(openUnit(j), di.As("shop.Unit")),
		di.Provide(func() *clock { return &clock{"UTC"} }, di.Singleton),
		di.Bind[settings]("app.Settings"),
		spikard.OnRequest(keep("on_request")),
		spikard.PreValidation(keep("pre_validation")),
		spikard.PreHandler(keep("pre_handler")),
		spikard.PreHandler(func(_ api.Exchange, s settings, c *clock) { j.say("pre_handler %s %s", s.Currency, c.zone) }),
		spikard.OnResponse(func(_ api.Exchange, _ *spikard.Answer, p *pool, c *clock, s settings) {
			j.say("on_response %s %s %s", p.name, c.zone, s.Currency)
		}),
		spikard.Get("/go", func(u *unit) string {
			units = append(units, u)
			j.say("handle")
			return u.Name()
		}),
		spikard.Get("/without", func() string { return "nothing" }))

	ahead := []string{
		"open unit", "on_request, unit of one", "pre_validation, unit of one", "pre_handler, unit of one", "pre_handler EUR UTC",
	}
	for _, tt := range []struct {
		path, text string
		uses       int
		want       []string
	}{
		{"/", `"unit of one"`, 3, join(ahead, "open session", "handle", "close session, <nil>", "close unit, <nil>", "on_response one UTC EUR")},
		{"/go", `"unit of one"`, 4, join(ahead, "handle", "close unit, <nil>", "on_response one UTC EUR")},
		{"/without", `"nothing"`, 3, join(ahead, "close unit, <nil>", "on_response one UTC EUR")},
		{"/nowhere", "", 2, join(ahead[:3], "close unit, Nothing is served at this path", "on_response one UTC EUR")},
	} {
		t.Run(tt.path, func(t *testing.T) {
			units = nil
			if got := s.get(t, tt.path); tt.text != "" && got.text != tt.text {
				t.Errorf("%d %s", got.StatusCode, got.text)
			}
			j.check(t, tt.want...)
			if len(units) != tt.uses {
				t.Fatalf("%d uses of a unit, want %d", len(units), tt.uses)
			}
			for _, u := range units {
				if u != units[0] {
					t.Error("two units in one request")
				}
			}
		})
	}
}

// TestLazySingletonForHook makes one for the first hook that needs it, whatever
// becomes of the request.
func TestLazySingletonForHook(t *testing.T) {
	t.Parallel()
	for name, hook := range map[string]fx.Option{
		"on_request":  spikard.OnRequest(func(x api.Exchange, c *clock) { x.SetHeader("X-Zone", c.zone) }),
		"on_response": spikard.OnResponse(func(_ api.Exchange, a *spikard.Answer, c *clock) { a.Header.Set("X-Zone", c.zone) }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made := 0
			s := serve(t, nil, spikard.Config{}, hook,
				di.Provide(func() *clock { made++; return &clock{"UTC"} }, di.Singleton, di.Lazy()),
				spikard.Get("/{id}", func(in getOrder) int { return in.ID }))
			if made != 0 {
				t.Error("it was made at the start")
			}
			for _, path := range []string{"/x", "/nowhere/at/all", "/7"} {
				if got := s.get(t, path); got.Header.Get("X-Zone") != "UTC" {
					t.Errorf("%s: %v", path, got.Header)
				}
			}
			if made != 1 {
				t.Errorf("it was made %d times", made)
			}
		})
	}
}

// TestHookDependencyFails answers for a hook's dependency that can't be made, as
// for a handler's.
func TestHookDependencyFails(t *testing.T) {
	t.Parallel()
	j := &journal{}
	s := serve(t, nil, spikard.Config{}, fx.Supply(&pool{"one"}), di.Provide(openUnit(j)),
		spikard.PreHandler(func(api.Exchange, *unit) *spikard.Reply { j.say("hook"); return nil }),
		spikard.OnResponse(j.goSees),
		spikard.Get("/", func() string { return "hello" }))
	for fails, want := range map[string]struct {
		status int
		slug   string
	}{"open": {409, "conflict"}, "panic": {500, "internal-server-error"}} {
		s.get(t, "/", "Fails", fails).problem(t, want.status, want.slug)
		j.check(t, fmt.Sprintf("go on_response %d", want.status))
	}
	got := s.get(t, "/", "Fails", "commit")
	got.problem(t, 500, "internal-server-error")
	j.check(t, "open unit", "hook", "close unit, <nil>", "go on_response 500")
}

// TestHookDependencyFaults refuses a start, by the place of each hook.
func TestHookDependencyFaults(t *testing.T) {
	t.Parallel()
	j := &journal{}
	type fromPython struct{ Currency string }
	for name, tt := range map[string]struct {
		option fx.Option
		want   []string
	}{
		"nobody provides it": {
			spikard.OnRequest(func(api.Exchange, *orders) {}),
			[]string{"on_request hook", "argument *spikard_test.orders (number 2)"},
		},
		"Python makes it for each request": {
			spikard.PreHandler(func(api.Exchange, fromPython) {}),
			[]string{"pre_handler hook", "it needs what Python makes for each request", "take it in a hook in Python"},
		},
		"Go makes it of what Python makes": {
			spikard.OnRequest(func(api.Exchange, *tariff) {}),
			[]string{"on_request hook", "it needs what Python makes for each request"},
		},
		"the request's own, when it is over": {
			spikard.OnResponse(func(api.Exchange, *spikard.Answer, *unit) {}),
			[]string{"on_response hook", "only singletons can be injected", "spikard_test.unit is made for each request"},
		},
		"in an OnError hook": {
			spikard.OnError(func(api.Exchange, error, *unit) {}),
			[]string{"on_error hook", "only singletons can be injected"},
		},
		"in a handler of errors": {
			spikard.HandleError(func(api.Exchange, *api.Problem, *unit) {}),
			[]string{"error handler hook", "only singletons can be injected"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := pybridgetest.New()
			app := engine.App("app:app")
			app.Provide("__type__app.Settings", "request", answers("app.settings", map[string]string{"currency": "EUR"}))
			app.Get("/", answers("app.handler", "ok"))
			text := startError(t, engine, spikard.Config{}, spikard.PythonApp("app:app"), fx.Supply(&pool{"one"}),
				di.Bind[fromPython]("app.Settings"), di.Provide(openUnit(j)),
				di.Provide(func(fromPython) *tariff { return &tariff{} }), tt.option)
			for _, want := range append(tt.want, "around_test.go:") {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in %s", want, text)
				}
			}
			if strings.Contains(text, " faults") {
				t.Errorf("one fault is told as several:\n%s", text)
			}
		})
	}
}

// TestServeWithFaultyHook answers where a hook can't be had as where a handler
// can't be.
func TestServeWithFaultyHook(t *testing.T) {
	t.Parallel()
	engine := hello()
	engine.App("app:app").Hook(pybridge.StageOnRequest, pybridgetest.Func{
		Name: "app.hook", Params: []pybridge.Param{inject("store", "__type__store.Store")},
	})
	s := serve(t, engine, spikard.Config{ServeWithFaults: true}, spikard.PythonApp("app:app"),
		spikard.Get("/go", func() string { return "hello" }))
	if got := s.get(t, "/go"); got.StatusCode != 200 {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	s.get(t, "/").problem(t, 500, "dependency-error")
	s.get(t, "/nowhere").problem(t, 500, "dependency-error")

	inGo := serve(t, nil, spikard.Config{ServeWithFaults: true}, spikard.OnRequest(func(api.Exchange, *orders) {}, spikard.Prefix("/a")),
		spikard.Get("/a", func() string { return "hello" }), spikard.Get("/b", func() string { return "hello" }))
	inGo.get(t, "/a").problem(t, 500, "dependency-error")
	if got := inGo.get(t, "/b"); got.StatusCode != 200 {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
}

// TestRefusedAsObject has a value refused while it becomes an object, when Go's
// hooks have run: they don't run again, and the answer is a refusal like another.
func TestRefusedAsObject(t *testing.T) {
	t.Parallel()
	const faults = `[{"type":"value_error","loc":["body","n"],"msg":"Value error, too small","input":"1"}]`
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("app:app")
	app.Hook(pybridge.StageOnResponse, j.pySees())
	app.Get("/", raises("app.refused", &pybridgetest.RefusedError{Errors: faults}))
	app.Get("/broken", raises("app.broken", &pybridgetest.RefusedError{Errors: "nonsense"}))
	other := engine.App("other:app")
	other.Get("/", raises("other.refused", &pybridgetest.RefusedError{Errors: faults}))
	other.Provide("session", "request", raises("other.session", &pybridgetest.RefusedError{Errors: faults}))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"), spikard.PythonApp("other:app", spikard.Prefix("/other")),
		fx.Supply(&pool{"one"}), di.Provide(openUnit(j)),
		spikard.OnRequest(func(api.Exchange, *unit) { j.say("go on_request") }),
		spikard.PreHandler(func(api.Exchange) { j.say("go pre_handler") }),
		spikard.HandleError(func(x api.Exchange, p *api.Problem) *spikard.Reply {
			if x.RawQuery() == "" {
				return nil
			}
			return &spikard.Reply{Status: p.Status, Body: p.Errors[0].Type}
		}),
		spikard.OnResponse(j.goSees),
		spikard.Get("/other/go", func(in struct {
			Session string `inject:"session"`
		},
		) string {
			return in.Session
		}))
	for _, tt := range []struct{ path, stamp string }{{"/", "py"}, {"/other/", ""}, {"/other/go", ""}} {
		for query, text := range map[string]string{"": "Value error, too small", "handled": `"value_error"`} {
			got := s.get(t, tt.path+"?"+query)
			if got.StatusCode != 422 || !strings.Contains(got.text, text) || got.Header.Get("X-Stamp") != tt.stamp {
				t.Errorf("%s?%s: %d %s %v", tt.path, query, got.StatusCode, got.text, got.Header)
			}
			ran := map[string]int{}
			for _, line := range j.take() {
				ran[line]++
			}
			if ran["go on_request"] != 1 || ran["go pre_handler"] != 1 || ran["go on_response 422"] != 1 {
				t.Errorf("%s: %v", tt.path, ran)
			}
		}
	}
	s.get(t, "/broken").problem(t, 500, "internal-server-error")
	if want := "the list of refused values"; !strings.Contains(s.logs.String(), want) {
		t.Errorf("the log lacks %q:\n%s", want, s.logs)
	}
}
