package spikard_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

const (
	tokenSecret  = "a secret of more than thirty-two bytes"
	principalKey = "__type__spikard._security.Principal"
	claimsKey    = "__type__spikard._security.JwtClaims"
)

// guarded is a configuration with both kinds of credentials.
func guarded() spikard.Config {
	return spikard.Config{
		JWTAuth:    &spikard.JWTAuth{Secret: tokenSecret},
		APIKeyAuth: &spikard.APIKeyAuth{Keys: []spikard.Secret{"key-1", "key-2"}},
	}
}

// bearer is the header field of a token with these claims besides the times.
func bearer(t *testing.T, claims jwt.MapClaims) []string {
	t.Helper()
	if _, ok := claims["exp"]; !ok {
		claims["exp"] = time.Now().Add(time.Hour).Unix()
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(tokenSecret))
	if err != nil {
		t.Fatal(err)
	}
	return []string{"Authorization", "Bearer " + token}
}

// secured registers a GET route that has requirements of its own.
func secured(app *pybridgetest.App, path string, f pybridgetest.Func, security ...pybridge.SecurityRequirement) {
	app.Get(path, f)
	routes := app.Manifest().Routes
	if security == nil {
		security = []pybridge.SecurityRequirement{}
	}
	routes[len(routes)-1].Security = security
}

// TestSecurity lets clients in as routes ask.
func TestSecurity(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	ok := answers("app.ok", "ok")
	type need = pybridge.SecurityRequirement
	app.Get("/default", ok)
	secured(app, "/public", ok)
	secured(app, "/anybody", ok, need{})
	secured(app, "/stranger", ok, need{}, need{"bearerAuth": nil})
	secured(app, "/token", ok, need{"bearerAuth": nil})
	secured(app, "/key", ok, need{"apiKeyAuth": nil})
	secured(app, "/scoped", ok, need{"bearerAuth": {"orders:read", "orders:write"}})
	secured(app, "/scoped-or-key", ok, need{"bearerAuth": {"orders:write"}}, need{"apiKeyAuth": nil})
	secured(app, "/both", ok, need{"bearerAuth": nil, "apiKeyAuth": nil})
	s := serve(t, engine, guarded(), spikard.PythonApp("app:app"), spikard.Get("/go", func() string { return "ok" }))

	token := bearer(t, jwt.MapClaims{"sub": "ann"})
	writer := bearer(t, jwt.MapClaims{"sub": "ann", "scope": "orders:read orders:write"})
	reader := bearer(t, jwt.MapClaims{"sub": "ann", "scopes": []string{"orders:read"}})
	expired := bearer(t, jwt.MapClaims{"exp": time.Now().Add(-time.Hour).Unix()})
	key, wrongKey := []string{"X-API-Key", "key-2"}, []string{"X-API-Key", "key-3"}
	const challenge, keyChallenge = "Bearer", `ApiKey name="X-API-Key"`
	const invalid = `Bearer error="invalid_token"`
	const scopes = `Bearer error="insufficient_scope", scope="orders:read orders:write"`
	for _, tt := range []struct {
		name, path string
		header     []string
		status     int
		challenge  string
	}{
		{"either", "/default", token, 200, ""},
		{"either", "/default", key, 200, ""},
		{"the right one of two", "/default", join(expired, key), 200, ""},
		{"none: the first is told", "/default", nil, 401, challenge},
		{"the one that was shown is told", "/default", wrongKey, 401, keyChallenge},
		{"a wrong token", "/default", expired, 401, invalid},
		{"in Go", "/go", token, 200, ""},
		{"in Go", "/go", nil, 401, challenge},
		{"public", "/public", nil, 200, ""},
		{"public, nobody looks", "/public", expired, 200, ""},
		{"anybody", "/anybody", nil, 200, ""},
		{"a stranger", "/stranger", nil, 200, ""},
		{"somebody", "/stranger", token, 200, ""},
		{"wrong credentials make no stranger", "/stranger", expired, 401, invalid},
		{"the scheme", "/token", token, 200, ""},
		{"another scheme", "/token", key, 401, challenge},
		{"another scheme", "/key", token, 401, keyChallenge},
		{"the scopes", "/scoped", writer, 200, ""},
		{"one of the scopes", "/scoped", reader, 403, scopes},
		{"no scopes", "/scoped", token, 403, scopes},
		{"nobody", "/scoped", nil, 401, challenge},
		{"another alternative", "/scoped-or-key", join(reader, key), 200, ""},
		{"another alternative", "/scoped-or-key", key, 200, ""},
		{"both", "/both", join(token, key), 200, ""},
		{"one of both", "/both", key, 401, challenge},
		{"no route is nobody's", "/nowhere", nil, 404, ""},
		{"health is anybody's", "/healthz", nil, 200, ""},
	} {
		t.Run(tt.name+" "+tt.path, func(t *testing.T) {
			got := s.get(t, tt.path, tt.header...)
			if got.StatusCode != tt.status || got.Header.Get("Www-Authenticate") != tt.challenge {
				t.Errorf("%d %s %q", got.StatusCode, got.text, got.Header["Www-Authenticate"])
			}
			switch tt.status {
			case 401:
				got.problem(t, 401, "unauthorized")
			case 403:
				got.problem(t, 403, "forbidden")
			}
		})
	}
}

// TestAuthenticationAmongHooks stands behind on_request and ahead of all else; a
// client that isn't let in has nothing opened for it.
func TestAuthenticationAmongHooks(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("app:app")
	for _, stage := range []pybridge.HookStage{pybridge.StageOnRequest, pybridge.StagePreValidation, pybridge.StagePreHandler} {
		app.Hook(stage, j.pyHook(string(stage)))
	}
	app.Hook(pybridge.StageOnResponse, j.pySees())
	app.Get("/", j.handler())
	s := serve(t, engine, guarded(), spikard.PythonApp("app:app"), fx.Supply(&pool{"one"}), di.Provide(openUnit(j)),
		spikard.OnRequest(j.goHook("on_request")),
		spikard.PreValidation(j.goHook("pre_validation")),
		spikard.PreHandler(func(api.Exchange, *unit) { j.say("go pre_handler") }, spikard.Prefix("/go")),
		spikard.OnResponse(j.goSees),
		spikard.Get("/go", func() string { j.say("handle"); return "hello" }))
	got := s.get(t, "/")
	got.problem(t, 401, "unauthorized")
	if got.Header.Get("X-Stamp") != "py" || got.Header.Get("Www-Authenticate") != "Bearer" {
		t.Errorf("%v", got.Header)
	}
	j.check(t, "go on_request", "py on_request", "py on_response 401", "go on_response 401")
	s.get(t, "/go").problem(t, 401, "unauthorized")
	j.check(t, "go on_request", "go on_response 401")
	s.get(t, "/go", bearer(t, jwt.MapClaims{})...)
	j.check(t, "go on_request", "open unit", "go pre_validation", "go pre_handler", "handle", "close unit, <nil>", "go on_response 200")
	if got := s.get(t, "/?on_request"); got.StatusCode != 299 {
		t.Errorf("a hook ahead of authentication: %d", got.StatusCode)
	}
	j.check(t, "go on_request", "py on_response 299", "go on_response 299")
}

// TestRefusalStands has a hook in Python hear of a client that isn't let in, for whom
// what the route needs of Go can't be made.
func TestRefusalStands(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("shop:app")
	app.Class(unitClass)
	app.Hook(pybridge.StageOnResponse, j.pySees())
	app.Provide("session", "request", session(j))
	app.Get("/", handlerWithUnit(j))
	s := serve(t, engine, guarded(), spikard.PythonApp("shop:app"),
		di.Provide(func(who *middleware.Principal) *unit { return &unit{&pool{who.Subject}} }, di.As("shop.Unit")))
	s.get(t, "/").problem(t, 401, "unauthorized")
	j.check(t)
	if got := s.get(t, "/", bearer(t, jwt.MapClaims{"sub": "ann"})...); got.text != `"unit of ann"` {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	if want := "panic: runtime error: invalid memory address"; !strings.Contains(s.logs.String(), want) {
		t.Errorf("the log lacks %q:\n%s", want, s.logs)
	}
}

// TestSecurityFaults refuses a start that would let the wrong ones in, or nobody.
func TestSecurityFaults(t *testing.T) {
	t.Parallel()
	type need = pybridge.SecurityRequirement
	jwtAlone := func() spikard.Config { return spikard.Config{JWTAuth: &spikard.JWTAuth{Secret: tokenSecret}} }
	for _, tt := range []struct {
		name     string
		config   spikard.Config
		func_    pybridgetest.Func
		security []pybridge.SecurityRequirement
		want     []string
	}{
		{
			"a scheme that isn't configured", jwtAlone(), answers("app.ok", 1),
			[]need{{"apiKeyAuth": nil}},
			[]string{"security names apiKeyAuth", "set ServerConfig.api_key_auth"},
		},
		{
			"another one",
			spikard.Config{},
			answers("app.ok", 1),
			[]need{{"bearerAuth": nil}},
			[]string{"security names bearerAuth", "set ServerConfig.jwt_auth"},
		},
		{
			"sessions", jwtAlone(), answers("app.ok", 1),
			[]need{{"cookieAuth": nil}},
			[]string{"security names cookieAuth", "set ServerConfig.session"},
		},
		{
			"somebody on a public route", guarded(), echo(inject("who", principalKey)),
			[]need{},
			[]string{"handler app.echo, parameter who needs", "lets requests in without"},
		},
		{
			"somebody where strangers may come", guarded(), echo(inject("who", principalKey)),
			[]need{{"bearerAuth": nil}, {}},
			[]string{"handler app.echo, parameter who needs", "lets requests in without"},
		},
		{
			"claims where keys suffice", guarded(), echo(inject("claims", claimsKey)),
			nil,
			[]string{"handler app.echo, parameter claims needs", "lets requests in without"},
		},
		{
			"somebody without authentication",
			spikard.Config{},
			echo(inject("who", principalKey)),
			nil,
			[]string{"parameter who needs"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			engine := pybridgetest.New()
			app := engine.App("app:app")
			securityClasses(app)
			app.Get("/", tt.func_)
			app.Manifest().Routes[0].Security = tt.security
			text := startError(t, engine, tt.config, spikard.PythonApp("app:app"))
			for _, want := range append(tt.want, "app.py:10") {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in %s", want, text)
				}
			}
		})
	}
}
