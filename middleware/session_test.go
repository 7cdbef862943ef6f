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
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/spikard/api"
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

func TestSessionAttributes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		config middleware.SessionConfig
		want   string // behind the value
	}{
		{middleware.SessionConfig{}, "Path=/; Max-Age=1209600; HttpOnly; Secure; SameSite=Lax"},
		{middleware.SessionConfig{Insecure: true}, "Path=/; Max-Age=1209600; HttpOnly; SameSite=Lax"},
		{
			middleware.SessionConfig{Cookie: "__Secure-s", Path: "/app", Domain: "a.example", MaxAge: time.Hour, SameSite: http.SameSiteStrictMode},
			"Path=/app; Domain=a.example; Max-Age=3600; HttpOnly; Secure; SameSite=Strict",
		},
		{middleware.SessionConfig{Cookie: "__Host-s", SameSite: http.SameSiteNoneMode}, "Path=/; Max-Age=1209600; HttpOnly; Secure; SameSite=None"},
	} {
		line := through(sessionEngine(newSessions(t, tt.config)), "/set?a=1", "").Header().Get("Set-Cookie")
		name := tt.config.Cookie
		if name == "" {
			name = "session"
		}
		pair, attributes, _ := strings.Cut(line, "; ")
		if !strings.HasPrefix(pair, name+"=") || attributes != tt.want {
			t.Errorf("%s\nwant %s", line, tt.want)
		}
	}
}

func TestSessionConfig(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		config middleware.SessionConfig
		faults []string
	}{
		{middleware.SessionConfig{}, []string{"no secret"}},
		{
			middleware.SessionConfig{Secrets: []string{sessionSecret, "short"}, Cookie: "a b", MaxAge: time.Millisecond},
			[]string{"secret 2: a secret of at least 32 bytes is needed, and it has 5", "Name", "at least a second"},
		},
		{middleware.SessionConfig{Secrets: []string{sessionSecret}, SameSite: http.SameSiteNoneMode, Insecure: true}, []string{"unless it is secure"}},
		{middleware.SessionConfig{Secrets: []string{sessionSecret}, Cookie: "__Host-s", Path: "/app", Insecure: true}, []string{"__Host- has no domain", "unless it is secure"}},
	} {
		_, err := middleware.NewSession(tt.config)
		wantFaults(t, err, tt.faults...)
	}
}

// TestSessionForged sends cookies that this server didn't make, or made long
// ago. Each is an empty session.
func TestSessionForged(t *testing.T) {
	t.Parallel()
	engine := sessionEngine(newSessions(t, middleware.SessionConfig{}))
	good := cookieOf(t, through(engine, "/set?sub=me", ""))
	if body := through(engine, "/get", good).Body.String(); body != `{"sub":"me"}` {
		t.Fatal(body)
	}
	foreign := cookieOf(t, through(sessionEngine(newSessions(t, middleware.SessionConfig{Secrets: []string{sessionOther}})), "/set?sub=me", ""))
	renamed := cookieOf(t, through(sessionEngine(newSessions(t, middleware.SessionConfig{Cookie: "other"})), "/set?sub=me", ""))
	forged := map[string]string{
		"empty":          "session=",
		"rubbish":        "session=%%%",
		"plain JSON":     `session={"values":{"sub":"me"}}`,
		"foreign":        foreign,
		"of other name":  "session=" + strings.TrimPrefix(renamed, "other="),
		"cut":            good[:len(good)-8],
		"longer":         good + "AAAA",
		"larger than 4K": "session=" + strings.Repeat("A", 5000),
	}
	for at := len("session="); at < len(good); at += 7 {
		flipped := []byte(good)
		if flipped[at] != 'A' {
			flipped[at] = 'A'
		} else {
			flipped[at] = 'B'
		}
		forged[fmt.Sprintf("changed at %d", at)] = string(flipped)
	}
	for name, cookie := range forged {
		if w := through(engine, "/get", cookie); w.Code != 200 || w.Body.String() != "{}" || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %s %v", name, w.Code, w.Body, w.Header())
		}
		// A cookie that someone planted for a longer path comes first.
		if body := through(engine, "/get", cookie+"; "+good).Body.String(); body != `{"sub":"me"}` {
			t.Errorf("%s, then the good one: %s", name, body)
		}
	}
}

func TestSessionAge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		engine := sessionEngine(newSessions(t, middleware.SessionConfig{MaxAge: time.Hour}))
		cookie := cookieOf(t, through(engine, "/set?a=1", ""))
		time.Sleep(time.Hour)
		if body := through(engine, "/get", cookie).Body.String(); body != `{"a":"1"}` {
			t.Errorf("after an hour: %s", body)
		}
		renewed := cookieOf(t, through(engine, "/set?a=1", cookie))
		time.Sleep(time.Second)
		for cookie, want := range map[string]string{cookie: `{}`, renewed: `{"a":"1"}`} {
			if body := through(engine, "/get", cookie).Body.String(); body != want {
				t.Errorf("after an hour and a second: %s, want %s", body, want)
			}
		}
	})
}

func TestSessionRotation(t *testing.T) {
	t.Parallel()
	before := sessionEngine(newSessions(t, middleware.SessionConfig{}))
	during := sessionEngine(newSessions(t, middleware.SessionConfig{Secrets: []string{sessionOther, sessionSecret}}))
	after := sessionEngine(newSessions(t, middleware.SessionConfig{Secrets: []string{sessionOther}}))
	old := cookieOf(t, through(before, "/set?a=1", ""))
	if body := through(during, "/get", old).Body.String(); body != `{"a":"1"}` {
		t.Errorf("the old secret during the rotation: %s", body)
	}
	renewed := cookieOf(t, through(during, "/set?b=2", old))
	if body := through(after, "/get", renewed).Body.String(); body != `{"a":"1","b":"2"}` {
		t.Errorf("the new secret after it: %s", body)
	}
	if body := through(after, "/get", old).Body.String(); body != `{}` {
		t.Errorf("the old secret after it: %s", body)
	}
}

// TestSessionBeforeHeader changes a session and sends the header in each of
// the ways that there are.
func TestSessionBeforeHeader(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(c *gin.Context){
		"nothing":             func(*gin.Context) {},
		"status":              func(c *gin.Context) { c.Status(204) },
		"string":              func(c *gin.Context) { c.String(200, "x") },
		"write":               func(c *gin.Context) { c.Writer.Write([]byte("x")) },
		"write string":        func(c *gin.Context) { c.Writer.WriteString("x") },
		"write header":        func(c *gin.Context) { c.Writer.WriteHeader(201); c.Writer.WriteHeaderNow() },
		"flush":               func(c *gin.Context) { c.Writer.Flush() },
		"response controller": func(c *gin.Context) { http.NewResponseController(c.Writer).Flush() },
		"deadline": func(c *gin.Context) {
			if err := http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(time.Hour)); err != nil {
				t.Error(err)
			}
		},
		"redirect":   func(c *gin.Context) { c.Redirect(302, "/") },
		"abort":      func(c *gin.Context) { c.AbortWithStatus(403) },
		"http.Error": func(c *gin.Context) { http.Error(c.Writer, "x", 400) },
		"copy":       func(c *gin.Context) { io.Copy(c.Writer, strings.NewReader("x")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := gin.New()
			engine.Use(newSessions(t, middleware.SessionConfig{}).Handler())
			engine.GET("/", func(c *gin.Context) {
				middleware.SessionOf(c).Set("n", 1)
				answer(c)
				middleware.SessionOf(c).Set("n", 2)
			})
			server := httptest.NewServer(engine)
			t.Cleanup(server.Close)
			r, _ := http.NewRequestWithContext(t.Context(), "GET", server.URL, nil)
			got, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			got.Body.Close()
			if cookies := got.Header["Set-Cookie"]; len(cookies) != 1 {
				t.Errorf("%d %v", got.StatusCode, got.Header)
			}
		})
	}
}

func TestSessionThatCantBeKept(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{"too large": strings.Repeat("x", 4000), "no JSON": make(chan int)} {
		for _, refuse := range []middleware.Refuse{nil, func(c *gin.Context, p *api.Problem) { c.JSON(599, p) }} {
			engine := gin.New()
			engine.Use(newSessions(t, middleware.SessionConfig{Refuse: refuse}).Handler())
			engine.GET("/", func(c *gin.Context) {
				middleware.SessionOf(c).Set("v", value)
				c.Header("Etag", `"of the answer"`)
				c.String(200, "signed in")
				c.Writer.WriteString("!")
				c.Writer.Flush()
			})
			engine.GET("/status", func(c *gin.Context) { middleware.SessionOf(c).Set("v", value); c.Status(204) })
			for _, path := range []string{"/", "/status"} {
				w := through(engine, path, "")
				status := 500
				if refuse != nil {
					status = 599
				}
				var p api.Problem
				if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != status || p.Status != 500 || w.Header().Get("Set-Cookie") != "" || w.Header().Get("Etag") != "" {
					t.Errorf("%s: %d %s %v", name, w.Code, w.Body, w.Header())
				}
			}
		}
	}
}

// TestSessionLargest goes byte by byte to where a cookie no longer fits.
func TestSessionLargest(t *testing.T) {
	t.Parallel()
	engine := sessionEngine(newSessions(t, middleware.SessionConfig{Domain: strings.Repeat("long.", 20) + "example"}))
	kept, refused := 0, 0
	for size := 2000; size < 2400; size++ {
		w := through(engine, "/set?a="+strings.Repeat("x", size), "")
		switch line := w.Header().Get("Set-Cookie"); {
		case w.Code == 200 && line != "" && len(line) <= 4096 && refused == 0:
			kept++
		case w.Code == 500 && line == "":
			refused++
		default:
			t.Fatalf("%d bytes: %d, a cookie of %d bytes", size, w.Code, len(line))
		}
	}
	if kept == 0 || refused == 0 {
		t.Errorf("%d kept, %d refused", kept, refused)
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

func TestSessionAuthenticate(t *testing.T) {
	t.Parallel()
	s := newSessions(t, middleware.SessionConfig{Insecure: true, Cookie: "sid"})
	engine := sessionEngine(s)
	engine.GET("/login", func(c *gin.Context) {
		middleware.SessionOf(c).Set("sub", "me")
		middleware.SessionOf(c).Set("scopes", []string{"read", "write"})
		// In the same request, without a cookie.
		if p, problem := s.Authenticate(c.Request); problem != nil || p.Subject != "me" || len(p.Scopes) != 2 {
			t.Errorf("%+v %v", p, problem)
		}
		c.Status(204)
	})
	cookie := cookieOf(t, through(engine, "/login", ""))
	anonymous := cookieOf(t, through(engine, "/set?a=1", ""))
	odd := cookieOf(t, through(engine, "/set?sub=", ""))

	server := whoami(t, s, nil) // which has no Sessions.Handler
	got := ask(t, server.URL, "Cookie", cookie)
	if want := (middleware.Principal{Subject: "me", Scheme: "cookieAuth", Scopes: []string{"read", "write"}}); !reflect.DeepEqual(got.principal, want) {
		t.Errorf("%+v", got)
	}
	for _, cookie := range []string{"", anonymous, odd, cookie[:len(cookie)-4]} {
		ask(t, server.URL, "Cookie", cookie).refusedWith(t, "Missing session", "Expected a valid 'sid' cookie of a signed-in user", `Cookie cookie-name="sid"`)
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

func BenchmarkSession(b *testing.B) {
	s := newSessions(b, middleware.SessionConfig{})
	engine := sessionEngine(s)
	engine.GET("/read", func(c *gin.Context) { middleware.SessionOf(c).Get("a"); c.Status(204) })
	engine.GET("/change", func(c *gin.Context) { middleware.SessionOf(c).Set("a", 1); c.Status(204) })
	engine.GET("/untouched", func(c *gin.Context) { c.Status(204) })
	cookie := cookieOf(b, through(engine, "/set?a=1&sub=me", ""))
	control := gin.New()
	control.GET("/control", func(c *gin.Context) { c.Status(204) })
	for _, name := range []string{"control", "untouched", "read", "change"} {
		b.Run(name, func(b *testing.B) {
			handler := http.Handler(engine)
			if name == "control" {
				handler = control
			}
			benchServe(b, handler, "/"+name, cookie)
		})
	}
}

// discard is a response writer that keeps nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

func benchServe(b *testing.B, handler http.Handler, target, cookie string) {
	b.Helper()
	r := httptest.NewRequest("GET", target, nil)
	r.Header.Set("Cookie", cookie)
	w := discard{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		handler.ServeHTTP(w, r)
	}
}
