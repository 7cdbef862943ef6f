package spikard_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

// goHook is a hook in Go that tells of itself, and answers if the query names it.
func (j *journal) goHook(name string) func(x api.Exchange) *spikard.Reply {
	return func(x api.Exchange) *spikard.Reply {
		j.say("go %s", name)
		if x.RawQuery() != name {
			return nil
		}
		return &spikard.Reply{Status: 299, Header: http.Header{"X-By": {name}}, Body: name}
	}
}

// goSees is an OnResponse hook in Go that tells what it sees.
func (j *journal) goSees(x api.Exchange, a *spikard.Answer) {
	j.say("go on_response %d", a.Status)
	a.Header.Add("X-Seen", "go")
}

// pyHook is a hook in Python that tells of itself.
func (j *journal) pyHook(name string) pybridgetest.Func {
	return pybridgetest.Func{Name: "app." + name, Run: func(context.Context, []any) (any, error) {
		j.say("py %s", name)
		return nil, nil
	}}
}

// pySees is an on_response hook in Python that tells what it sees, and leaves a
// field of the header.
func (j *journal) pySees() pybridgetest.Func {
	return pybridgetest.Func{
		Name: "app.on_response", Params: []pybridge.Param{{Name: "response", In: pybridge.InResponse, Required: true}},
		Run: func(_ context.Context, args []any) (any, error) {
			r := *args[0].(*pybridgetest.Response)
			j.say("py on_response %d", r.Status)
			r.Header = append(r.Header, pybridge.HeaderLine{Name: "X-Stamp", Value: "py"})
			return &r, nil
		},
	}
}

// handler is one in Python that tells of itself.
func (j *journal) handler(params ...pybridge.Param) pybridgetest.Func {
	return pybridgetest.Func{Name: "app.handler", Params: params, Run: func(context.Context, []any) (any, error) {
		j.say("handle")
		return "handled", nil
	}}
}

func pathInt(name string) pybridge.Param {
	return pybridge.Param{Name: name, In: pybridge.InPath, Required: true, Type: &pybridge.Type{Kind: pybridge.TypeInt}}
}

func asRequest() pybridge.Param {
	return pybridge.Param{Name: "request", In: pybridge.InRequest, Required: true}
}

// TestHookOrder plays every stage of both languages: each in order of
// registration, Go's around Python's.
func TestHookOrder(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("app:app")
	for _, stage := range []pybridge.HookStage{pybridge.StageOnRequest, pybridge.StagePreValidation, pybridge.StagePreHandler} {
		app.Hook(stage, j.pyHook(string(stage)))
	}
	app.Hook(pybridge.StageOnResponse, j.pySees())
	app.LocalHook(pybridge.StagePreHandler, j.pyHook("local"))
	app.Get("/items/{id}", j.handler(pathInt("id")))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"),
		spikard.OnResponse(j.goSees),
		spikard.PreHandler(j.goHook("pre_handler")),
		spikard.OnRequest(j.goHook("on_request")),
		spikard.OnRequest(j.goHook("second")),
		spikard.PreValidation(j.goHook("pre_validation")),
		spikard.OnResponse(func(api.Exchange, *spikard.Answer) { j.say("go last") }),
		spikard.Get("/go/{id}", func(getOrder) string { j.say("handle"); return "handled" }))

	ahead := []string{"go on_request", "go second", "go pre_validation"}
	python := []string{"py on_request", "py pre_validation", "py pre_handler", "py local"}
	for _, tt := range []struct {
		name, path, text string
		status           int
		stamp            string
		want             []string
	}{
		{"a handler in Python", "/items/7", `"handled"`, 200, "py", join(
			ahead, "go pre_handler", python, "handle", "py on_response 200", "go on_response 200", "go last")},
		{"what Go refuses, Python hears", "/items/x", "", 422, "py", join(
			ahead, python[:2], "py on_response 422", "go on_response 422", "go last")},
		{"a handler in Go", "/go/7", `"handled"`, 200, "", join(
			ahead, "go pre_handler", "handle", "go on_response 200", "go last")},
		{"what a handler in Go refuses", "/go/x", "", 422, "", join(ahead, "go on_response 422", "go last")},
		{"no route", "/nowhere", "", 404, "py", join(
			ahead, python[:2], "py on_response 404", "go on_response 404", "go last")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := s.get(t, tt.path)
			if got.StatusCode != tt.status || tt.text != "" && got.text != tt.text {
				t.Errorf("%d %s", got.StatusCode, got.text)
			}
			if got.Header.Get("X-Seen") != "go" || got.Header.Get("X-Stamp") != tt.stamp {
				t.Errorf("%v", got.Header)
			}
			j.check(t, tt.want...)
		})
	}
}

// join makes one list of texts and lists.
func join(parts ...any) []string {
	var out []string
	for _, part := range parts {
		switch p := part.(type) {
		case string:
			out = append(out, p)
		case []string:
			out = append(out, p...)
		}
	}
	return out
}

// TestHooksOfOneLine come from a loop, from functions and from a module: they keep
// their order.
func TestHooksOfOneLine(t *testing.T) {
	t.Parallel()
	j := &journal{}
	var loop []fx.Option
	for _, name := range []string{"d", "c", "b", "a"} {
		loop = append(loop, spikard.OnRequest(j.goHook(name)))
	}
	late := spikard.OnRequest(j.goHook("made first, given last"))
	s := serve(t, nil, spikard.Config{},
		fx.Module("auth", spikard.OnRequest(j.goHook("of a module")), spikard.OnRequest(j.goHook("also of it"))),
		spikard.OnRequest(j.goHook("z")),
		fx.Options(loop...), late,
		spikard.Get("/", func() string { return "" }))
	for range 2 {
		s.get(t, "/")
		j.check(t, "go z", "go d", "go c", "go b", "go a", "go made first, given last", "go of a module", "go also of it")
	}
}

// TestHookOfSeveralApps has one option in two fx apps: each has values of its own.
func TestHookOfSeveralApps(t *testing.T) {
	t.Parallel()
	opts := fx.Options(
		spikard.OnRequest(func(x api.Exchange, p *pool) { x.SetHeader("X-Pool", p.name) }),
		spikard.Get("/", func() string { return "" }))
	names := []string{"one", "two"}
	var sites []*site
	for _, name := range names {
		app, server, _ := newApp(nil, spikard.Config{}, opts, fx.Supply(&pool{name}))
		t.Cleanup(func() { _ = app.Stop(context.Background()) })
		sites = append(sites, &site{app: app, server: server, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}})
	}
	for i, s := range sites {
		if err := s.app.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.base = "http://" + s.server.Addr()
		if got := s.get(t, "/").Header.Get("X-Pool"); got != names[i] {
			t.Errorf("the app %s has the value of %s", names[i], got)
		}
	}
}

// TestHookPrefix has hooks for the routes below a path, or for one route.
func TestHookPrefix(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("app:app")
	for _, path := range []string{"/admin", "/admin/users", "/administrators", "/items/{id}", "/items/{id}/parts"} {
		app.Get(path, answers("app.handler", "ok"))
	}
	shop := engine.App("shop:app")
	shop.Get("/users", answers("shop.users", "ok"))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"), spikard.PythonApp("shop:app", spikard.Prefix("/shop")),
		spikard.OnRequest(j.goHook("everywhere")),
		spikard.OnRequest(j.goHook("admin"), spikard.Prefix("/admin")),
		spikard.PreHandler(j.goHook("item"), spikard.Prefix("/items/{id}")),
		spikard.OnResponse(func(api.Exchange, *spikard.Answer) { j.say("shop") }, spikard.Prefix("/shop")),
		spikard.Get("/admin/go", func() string { return "ok" }))
	for path, want := range map[string][]string{
		"/admin":          {"go everywhere", "go admin"},
		"/admin/users":    {"go everywhere", "go admin"},
		"/admin/go":       {"go everywhere", "go admin"},
		"/administrators": {"go everywhere"},
		"/items/7":        {"go everywhere", "go item"},
		"/items/7/parts":  {"go everywhere", "go item"},
		"/shop/users":     {"go everywhere", "shop"},
		// Those of a prefix are for routes, and there is none.
		"/admin/nowhere": {"go everywhere"},
		"/nowhere":       {"go everywhere"},
	} {
		s.get(t, path)
		j.check(t, want...)
	}
}

// TestHookState has hooks leave values for those that come later, in both
// languages.
func TestHookState(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	var seen map[string]any
	look := func(_ context.Context, args []any) (any, error) {
		seen = args[0].(*pybridgetest.Request).State
		return nil, nil
	}
	app.Hook(pybridge.StageOnRequest, pybridgetest.Func{Name: "app.look", Params: []pybridge.Param{asRequest()}, Run: look})
	app.Get("/", answers("app.handler", "ok"))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"),
		spikard.OnRequest(func(x api.Exchange) {
			x.Set("tenant", map[string]any{"name": "acme", "seats": 3})
			if x.RawQuery() == "bad" {
				x.Set("handle", func() {})
			}
		}),
		spikard.PreHandler(func(x api.Exchange) error {
			if x.Get("nobody") != nil {
				return fmt.Errorf("%v", x.Get("nobody"))
			}
			tenant := x.Get("tenant").(map[string]any)
			x.Set("name", tenant["name"])
			return nil
		}),
		spikard.OnResponse(func(x api.Exchange, a *spikard.Answer) { a.Header.Set("X-Tenant", fmt.Sprint(x.Get("name"))) }),
		spikard.Get("/go", func(x api.Exchange) any { return x.Get("name") }),
		spikard.Get("/none", func(x api.Exchange) any { return x.Get("other") }))

	if got := s.get(t, "/"); got.text != `"ok"` || got.Header.Get("X-Tenant") != "acme" {
		t.Errorf("%s %v", got.text, got.Header)
	}
	if tenant, _ := seen["tenant"].(map[string]any); seen["name"] != "acme" || tenant["seats"] != int64(3) || len(seen) != 2 {
		t.Errorf("%v", seen)
	}
	if got := s.get(t, "/go"); got.text != `"acme"` {
		t.Error(got.text)
	}
	if got := s.get(t, "/none"); got.text != "null" {
		t.Errorf("%s", got.text)
	}
	s.get(t, "/?bad").problem(t, 500, "internal-server-error")
	if want := `\"handle\" of the request's state, for Python`; !strings.Contains(s.logs.String(), want) {
		t.Errorf("the log lacks %q:\n%s", want, s.logs)
	}
	s.get(t, "/") // the exchange is used again
	if len(seen) != 2 {
		t.Errorf("%v", seen)
	}
}

// TestHookSignatures has each wrong one stop the fx app, by its place.
func TestHookSignatures(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		option fx.Option
		want   string
	}{
		"no function":           {spikard.OnRequest(7), "the hook is int, not a function"},
		"nil":                   {spikard.PreHandler(nil), "not a function"},
		"a nil function":        {spikard.PreHandler((func(api.Exchange))(nil)), "not a function"},
		"no exchange":           {spikard.OnRequest(func() {}), "its first argument must be an api.Exchange"},
		"another first":         {spikard.PreValidation(func(context.Context) {}), "its first argument must be an api.Exchange"},
		"variadic":              {spikard.OnRequest(func(api.Exchange, ...*pool) {}), "none variadic"},
		"no answer":             {spikard.OnResponse(func(api.Exchange) {}), "must be a *spikard.Answer"},
		"another answer":        {spikard.OnResponse(func(api.Exchange, spikard.Answer) {}), "must be a *spikard.Answer"},
		"a reply to an answer":  {spikard.OnResponse(func(api.Exchange, *spikard.Answer) *spikard.Reply { return nil }), "can't give *spikard.Reply"},
		"no error":              {spikard.OnError(func(api.Exchange) {}), "must be an error"},
		"another error":         {spikard.OnError(func(api.Exchange, *api.Problem) {}), "must be an error"},
		"no type of error":      {spikard.HandleError(func(api.Exchange) {}), "the type of the errors it answers"},
		"a type that is none":   {spikard.HandleError(func(api.Exchange, *pool) {}), "the type of the errors it answers"},
		"a reply by value":      {spikard.OnRequest(func(api.Exchange) spikard.Reply { return spikard.Reply{} }), "can't give spikard.Reply"},
		"an error before":       {spikard.OnRequest(func(api.Exchange) (error, *spikard.Reply) { return nil, nil }), "can't give error"}, //nolint:staticcheck // it is refused for its order
		"three results":         {spikard.OnRequest(func(api.Exchange) (*spikard.Reply, int, error) { return nil, 0, nil }), "can't give int"},
		"a bool":                {spikard.PreHandler(func(api.Exchange) bool { return true }), "can't give bool"},
		"an answer too early":   {spikard.PreHandler(func(api.Exchange, *spikard.Answer) {}), ""},
		"a slash at the end":    {spikard.OnRequest(func(api.Exchange) {}, spikard.Prefix("/admin/")), `prefix "/admin/"`},
		"all":                   {spikard.OnRequest(func(api.Exchange) {}, spikard.Prefix("/")), "leave the prefix out for all routes"},
		"no path":               {spikard.OnRequest(func(api.Exchange) {}, spikard.Prefix("admin")), `prefix "admin"`},
		"half a parameter":      {spikard.OnRequest(func(api.Exchange) {}, spikard.Prefix("/{id")), `prefix "/{id"`},
		"a method with nothing": {spikard.OnRequest((&hookMethods{}).Wrong), "hookMethods).Wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app, _, _ := newApp(hello(), spikard.Config{}, spikard.PythonApp("app:app"), tt.option)
			err := app.Err()
			if tt.want == "" {
				// It may be somebody's dependency: that is found at the start.
				if err == nil {
					err = app.Start(t.Context())
				}
				tt.want = "*spikard.Answer"
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "gohook_test.go:") {
				t.Errorf("%v, want %q and its place", err, tt.want)
			}
		})
	}
}

type hookMethods struct{}

func (*hookMethods) Wrong()               {}
func (*hookMethods) Right(x api.Exchange) { x.SetHeader("X-Method", "yes") }

// A method is a hook like any other function.
func TestHookMethod(t *testing.T) {
	t.Parallel()
	s := serve(t, hello(), spikard.Config{}, spikard.PythonApp("app:app"), spikard.OnRequest((&hookMethods{}).Right))
	if got := s.get(t, "/"); got.Header.Get("X-Method") != "yes" {
		t.Errorf("%v", got.Header)
	}
}
