package middleware_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"reflect"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
)

const (
	sessionSecret = "a session's secret of thirty-two bytes or more"
	sessionOther  = "another session's secret, as long as the first"
)

func newSessions(t testing.TB, config middleware.SessionConfig) *middleware.Sessions {
	t.Helper()
	if config.Secrets == nil {
		config.Secrets = []string{sessionSecret}
	}
	config.Log = quiet()
	s, err := middleware.NewSession(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sessionEngine has a route for each thing that can be done to a session.
func sessionEngine(s *middleware.Sessions) *gin.Engine {
	engine := gin.New()
	engine.Use(middleware.Recovery(func(c *gin.Context, _ any, _ []byte, _ bool) { c.String(500, "panic") }), s.Handler())
	engine.GET("/none", func(c *gin.Context) { c.String(200, "none") })
	engine.GET("/get", func(c *gin.Context) { c.JSON(200, middleware.SessionOf(c).All()) })
	engine.GET("/set", func(c *gin.Context) {
		for key, values := range c.Request.URL.Query() {
			middleware.SessionOf(c).Set(key, values[0])
		}
		c.String(200, "set")
	})
	engine.GET("/delete/:key", func(c *gin.Context) { middleware.SessionOf(c).Delete(c.Param("key")) })
	engine.GET("/clear", func(c *gin.Context) { middleware.SessionOf(c).Clear(); c.Redirect(303, "/get") })
	engine.GET("/panic", func(c *gin.Context) { middleware.SessionOf(c).Set("sub", "ghost"); panic("x") })
	return engine
}

// through sends one request to an engine, with a cookie unless it is empty.
func through(engine http.Handler, target, cookie string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", target, nil)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, r)
	return w
}

// cookieOf gives the cookie that an answer sets, as a client sends it back.
func cookieOf(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies: %v", len(cookies), w.Header())
	}
	return cookies[0].Name + "=" + cookies[0].Value
}

func TestSessionOverSockets(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(sessionEngine(newSessions(t, middleware.SessionConfig{Insecure: true})))
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	defer client.CloseIdleConnections()
	for _, step := range []struct{ path, body string }{
		{"/get", `{}`},
		{"/set?a=1&sub=me", "set"},
		{"/get", `{"a":"1","sub":"me"}`},
		{"/none", "none"},
		{"/set?a=2", "set"},
		{"/panic", "panic"}, // what it changed is dropped
		{"/get", `{"a":"2","sub":"me"}`},
		{"/delete/a", ""},
		{"/delete/missing", ""},
		{"/get", `{"sub":"me"}`},
		{"/clear", `{}`}, // redirects to /get
		{"/get", `{}`},
	} {
		answer, err := client.Get(server.URL + step.path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if string(body) != step.body {
			t.Errorf("%s: %d %s, want %s", step.path, answer.StatusCode, body, step.body)
		}
	}
	home, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if left := jar.Cookies(home); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}

func TestSessionWritesOnlyChanges(t *testing.T) {
	t.Parallel()
	engine := sessionEngine(newSessions(t, middleware.SessionConfig{}))
	cookie := cookieOf(t, through(engine, "/set?a=1", ""))
	for _, tt := range []struct {
		target, cookie string
		set, vary      bool
	}{
		{"/none", cookie, false, false},
		{"/get", cookie, false, true},
		{"/get", "", false, true},
		{"/delete/missing", cookie, false, true},
		{"/clear", "", false, true},
		{"/panic", cookie, false, false},
		{"/set?a=1", cookie, true, true},
		{"/delete/a", cookie, true, true},
		{"/clear", cookie, true, true},
	} {
		header := through(engine, tt.target, tt.cookie).Header()
		if set, vary := header.Get("Set-Cookie") != "", header.Get("Vary") == "Cookie"; set != tt.set || vary != tt.vary {
			t.Errorf("%s with %q: %v", tt.target, tt.cookie, header)
		}
	}
}

func TestSessionValues(t *testing.T) {
	t.Parallel()
	engine := gin.New()
	engine.Use(newSessions(t, middleware.SessionConfig{}).Handler())
	engine.GET("/set", func(c *gin.Context) {
		s := middleware.SessionOf(c)
		s.Set("big", int64(9007199254740993))
		s.Set("list", []any{"a", 1.5, nil, true})
		s.Set("map", map[string]any{"k": "v"})
		if s.Get("big") != int64(9007199254740993) || s.Get("missing") != nil || s.Login() != "" {
			t.Errorf("%v", s.All())
		}
		s.All()["big"] = 0
	})
	engine.GET("/get", func(c *gin.Context) {
		want := map[string]any{
			"big": json.Number("9007199254740993"), "list": []any{"a", json.Number("1.5"), nil, true}, "map": map[string]any{"k": "v"},
		}
		if all := middleware.SessionOf(c).All(); !reflect.DeepEqual(all, want) {
			t.Errorf("%#v", all)
		}
	})
	through(engine, "/get", cookieOf(t, through(engine, "/set", "")))
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("GET", "/", nil)
	if s := middleware.SessionOf(c); s != nil {
		t.Errorf("%v without a handler", s)
	}
}

func TestSessionConcurrently(t *testing.T) {
	t.Parallel()
	engine := gin.New()
	engine.Use(newSessions(t, middleware.SessionConfig{}).Handler())
	engine.GET("/", func(c *gin.Context) {
		s := middleware.SessionOf(c)
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				for range 50 {
					s.Set(fmt.Sprint(i), i)
					s.Get("0")
					s.All()
					s.Login()
				}
			})
		}
		c.String(200, "while they run")
		all.Wait()
	})
	if w := through(engine, "/", ""); w.Code != 200 {
		t.Errorf("%d", w.Code)
	}
}

func TestSessionLogin(t *testing.T) {
	t.Parallel()
	engine := sessionEngine(newSessions(t, middleware.SessionConfig{}))
	engine.GET("/login-id", func(c *gin.Context) { c.String(200, middleware.SessionOf(c).Login()) })
	id := func(cookie string) string { return through(engine, "/login-id", cookie).Body.String() }
	first := cookieOf(t, through(engine, "/set?sub=me", ""))
	same := cookieOf(t, through(engine, "/set?a=1", first))
	second := cookieOf(t, through(engine, "/set?sub=me", same))
	out := cookieOf(t, through(engine, "/delete/sub", second))
	if id(first) == "" || id(same) != id(first) || id(second) == id(first) || id(out) != "" {
		t.Errorf("%q %q %q %q", id(first), id(same), id(second), id(out))
	}
}
