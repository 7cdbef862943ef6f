package spikard_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

// securityClasses describes Python's classes of package spikard.
func securityClasses(app *pybridgetest.App) {
	text := &pybridge.Type{Kind: pybridge.TypeStr}
	texts := &pybridge.Type{Kind: pybridge.TypeList, Items: []*pybridge.Type{text}}
	app.Class(pybridge.Class{Name: "spikard._security.Principal", Kind: pybridge.ClassTypedDict, Fields: []pybridge.Field{
		{Name: "subject", Type: text, Required: true}, {Name: "scheme", Type: text, Required: true}, {Name: "scopes", Type: texts},
	}})
	app.Class(pybridge.Class{Name: "spikard._security.JwtClaims", Kind: pybridge.ClassTypedDict, Fields: []pybridge.Field{
		{Name: "sub", Type: text},
		{Name: "aud", Type: texts},
		{Name: "claims", Type: &pybridge.Type{Kind: pybridge.TypeAny}},
	}})
}

// optional is a dependency that a parameter can do without.
func optional(name, key string) pybridge.Param {
	return pybridge.Param{Name: name, In: pybridge.InInject, Key: key}
}

// echo is a handler in Python that answers with what it is given.
func echo(params ...pybridge.Param) pybridgetest.Func {
	return pybridgetest.Func{Name: "app.echo", Params: params, Run: func(_ context.Context, args []any) (any, error) {
		return fmt.Sprint(args...), nil
	}}
}

// TestPrincipal is injected in both languages, or is None for a stranger.
func TestPrincipal(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	securityClasses(app)
	type need = pybridge.SecurityRequirement
	app.Get("/me", echo(inject("who", principalKey), optional("claims", claimsKey)))
	secured(app, "/token", echo(inject("claims", claimsKey)), need{"bearerAuth": nil})
	secured(app, "/stranger", echo(optional("who", principalKey), optional("claims", claimsKey)), need{}, need{"bearerAuth": nil})
	secured(app, "/public", echo(optional("who", principalKey)))
	s := serve(t, engine, guarded(), spikard.PythonApp("app:app"),
		spikard.Get("/go", func(who *middleware.Principal, claims *middleware.Claims) string {
			return fmt.Sprint(who.Subject, who.Scheme, who.Scopes, claims == nil)
		}))
	token := bearer(t, jwt.MapClaims{"sub": "ann", "scope": "a b", "aud": "shop", "role": "admin", "exp": 4102444800})
	key := []string{"X-API-Key", "key-1"}
	for _, tt := range []struct {
		path   string
		header []string
		want   string
	}{
		{"/me", token, `map[scheme:bearerAuth scopes:[a b] subject:ann]`},
		{"/me", key, `map[scheme:apiKeyAuth scopes:[] subject:key-`},
		{"/token", token, `claims:map[aud:shop exp:4102444800 role:admin scope:a b sub:ann]`},
		{"/stranger", nil, `nil\u003e \u003cnil`},
		{"/stranger", token, `map[scheme:bearerAuth scopes:[a b] subject:ann] map[aud:[shop]`},
		{"/public", token, `nil\u003e`},
		{"/go", token, `annbearerAuth[a b] false`},
		{"/go", key, `apiKeyAuth[] true`},
	} {
		if got := s.get(t, tt.path, tt.header...); got.StatusCode != 200 || !strings.Contains(got.text, tt.want) {
			t.Errorf("%s: %d %s, want %s", tt.path, got.StatusCode, got.text, tt.want)
		}
	}
}

// TestPrincipalForHooks gives those behind authentication, and the handler behind
// them, who the client is: also where hooks ahead of it were given dependencies.
func TestPrincipalForHooks(t *testing.T) {
	t.Parallel()
	type roles struct{ of map[string]string }
	for name, first := range map[string]fx.Option{
		"alone":                           fx.Options(),
		"behind one with a singleton":     spikard.OnRequest(func(api.Exchange, *roles) {}),
		"behind one with a request value": spikard.OnRequest(func(api.Exchange, *unit) {}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine, j := pybridgetest.New(), &journal{}
			app := engine.App("app:app")
			securityClasses(app)
			app.Get("/", echo(inject("who", principalKey)))
			s := serve(t, engine, guarded(), spikard.PythonApp("app:app"), first,
				fx.Supply(&roles{map[string]string{"ann": "admin"}}, &pool{"one"}), di.Provide(openUnit(j)),
				di.Provide(func(who *middleware.Principal, r *roles) (*orders, error) {
					if who == nil {
						return nil, api.NewProblem(418, "teapot", "nobody's orders")
					}
					return &orders{count: len(r.of[who.Subject])}, nil
				}),
				spikard.PreValidation(func(_ api.Exchange, who *middleware.Principal, r *roles) error {
					if who == nil || r.of[who.Subject] != "admin" {
						return api.NewProblem(403, "forbidden", fmt.Sprintf("%v may not", who))
					}
					return nil
				}),
				spikard.Get("/go", func(who *middleware.Principal) string { return who.Subject }),
				spikard.Get("/orders", func(o *orders) int { return o.count }))
			ann := bearer(t, jwt.MapClaims{"sub": "ann"})
			for path, want := range map[string]string{
				"/": `"map[scheme:bearerAuth scopes:[] subject:ann]"`, "/go": `"ann"`, "/orders": "5",
			} {
				if got := s.get(t, path, ann...); got.text != want {
					t.Errorf("%s: %d %s, want %s", path, got.StatusCode, got.text, want)
				}
			}
			s.get(t, "/", bearer(t, jwt.MapClaims{"sub": "bob"})...).problem(t, 403, "forbidden")
			s.get(t, "/").problem(t, 401, "unauthorized")
			s.get(t, "/go").problem(t, 401, "unauthorized")
			s.get(t, "/orders").problem(t, 401, "unauthorized")
		})
	}
}

// TestRequestsSideBySide gives each of many requests what is its own, in hooks, in
// handlers of both languages and in answers.
func TestRequestsSideBySide(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	securityClasses(app)
	app.Get("/", pybridgetest.Func{
		Name: "app.who", Params: []pybridge.Param{inject("who", principalKey), asRequest()},
		Run: func(_ context.Context, args []any) (any, error) {
			return []any{args[0].(map[string]any)["subject"], args[1].(*pybridgetest.Request).State["who"]}, nil
		},
	})
	s := serve(t, engine, guarded(), spikard.PythonApp("app:app"), fx.Supply(&pool{"one"}),
		di.Provide(func(x api.Exchange) *unit { return &unit{&pool{x.RawQuery()}} }),
		spikard.PreValidation(func(x api.Exchange, who *middleware.Principal, u *unit) error {
			if u.pool.name != who.Subject {
				return fmt.Errorf("the unit of %s for %s", u.pool.name, who.Subject)
			}
			x.Set("who", who.Subject)
			return nil
		}),
		spikard.OnResponse(func(x api.Exchange, a *spikard.Answer) { a.Header.Set("X-Who", fmt.Sprint(x.Get("who"))) }),
		spikard.Get("/go", func(who *middleware.Principal, x api.Exchange) any { return []any{who.Subject, x.Get("who")} }))
	var all sync.WaitGroup
	for client := range 6 {
		name := fmt.Sprintf("client-%d", client)
		token := bearer(t, jwt.MapClaims{"sub": name})
		all.Go(func() {
			for n := range 100 {
				path, header, want := []string{"/", "/go"}[n%2], token, fmt.Sprintf("[%q,%q]", name, name)
				status, who := 200, name
				if n%5 == 0 {
					header, status, who = nil, 401, "<nil>"
				}
				got := s.get(t, path+"?"+name, header...)
				if got.StatusCode != status || status == 200 && got.text != want || got.Header.Get("X-Who") != who {
					t.Errorf("%s %s: %d %s, %s", name, path, got.StatusCode, got.text, got.Header.Get("X-Who"))
				}
			}
		})
	}
	all.Wait()
}

// TestPrincipalOfHook refuses a hook in Python for all routes, some of them public.
func TestPrincipalOfHook(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	securityClasses(app)
	app.Hook(pybridge.StagePreHandler, pybridgetest.Func{Name: "app.roles", Params: []pybridge.Param{inject("who", principalKey)}})
	app.Get("/private", answers("app.private", 1))
	secured(app, "/public", answers("app.public", 1))
	text := startError(t, engine, guarded(), spikard.PythonApp("app:app"))
	if want := "app.py:30: request hook app.roles, parameter who needs"; !strings.Contains(text, want) || strings.Contains(text, "app.py:20") {
		t.Errorf("%q is not in %s", want, text)
	}
}

// TestLimitOfPrincipals counts for who somebody is, not for where they come from.
func TestLimitOfPrincipals(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("app:app")
	app.Hook(pybridge.StageOnResponse, j.pySees())
	app.Get("/", answers("app.ok", "ok"))
	secured(app, "/public", answers("app.ok", "ok"))
	config := guarded()
	config.RateLimit = &spikard.RateLimit{PerSecond: 0.001, Burst: 2, By: "principal"}
	s := serve(t, engine, config, spikard.PythonApp("app:app"))
	for _, who := range []string{"ann", "bob"} {
		token := bearer(t, jwt.MapClaims{"sub": who})
		for i, want := range []int{200, 200, 429} {
			got := s.get(t, "/", token...)
			if got.StatusCode != want || got.Header.Get("X-Stamp") != "py" || got.Header.Get("Ratelimit-Limit") != "2" {
				t.Errorf("%s, request %d: %d %s %v", who, i+1, got.StatusCode, got.text, got.Header)
			}
			if want == 429 && got.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		}
	}
	// A client that isn't let in counts for nobody; strangers count by address.
	for range 3 {
		s.get(t, "/").problem(t, 401, "unauthorized")
	}
	for i, want := range []int{200, 200, 429} {
		if got := s.get(t, "/public"); got.StatusCode != want {
			t.Errorf("a stranger, request %d: %d", i+1, got.StatusCode)
		}
	}
	s.get(t, "/nowhere").problem(t, 429, "too-many-requests")
	for range 4 {
		if got := s.get(t, "/healthz"); got.StatusCode != 200 {
			t.Errorf("%d", got.StatusCode)
		}
	}
}
