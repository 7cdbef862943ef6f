package middleware_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/spikard/api"
)

const (
	csrfSecret  = "a secret for forms, of at least thirty-two bytes"
	csrfOrigin  = "The request comes from another origin"
	csrfMissing = "The CSRF token is missing"
	csrfInvalid = "The CSRF token is invalid"
	formType    = "application/x-www-form-urlencoded"
)

// csrfEngine has sessions, a page with a token, a login, and a route that
// answers with the body that it got.
func csrfEngine(t testing.TB, config middleware.CSRFConfig) *gin.Engine {
	t.Helper()
	config.Secret = csrfSecret
	check, err := middleware.CSRF(config)
	if err != nil {
		t.Fatal(err)
	}
	engine := gin.New()
	engine.Use(newSessions(t, middleware.SessionConfig{Insecure: config.Insecure}).Handler(), check)
	engine.GET("/page", func(c *gin.Context) { c.String(200, middleware.CSRFToken(c)) })
	engine.GET("/plain", func(c *gin.Context) { c.Status(204) })
	engine.GET("/visit", func(c *gin.Context) { middleware.SessionOf(c).Set("visited", true); c.Status(204) })
	engine.POST("/login", func(c *gin.Context) {
		middleware.CSRFToken(c)
		middleware.SessionOf(c).Set("sub", c.PostForm("user"))
		c.String(200, middleware.CSRFToken(c)) // the token of the new login
	})
	engine.Any("/echo", func(c *gin.Context) {
		body, err := io.ReadAll(c.Request.Body)
		if err != nil {
			c.String(500, err.Error())
			return
		}
		c.Data(200, "text/plain", body)
	})
	return engine
}

// page gets a token and the cookie that goes with it.
func page(t testing.TB, engine http.Handler) (token, cookie string) {
	t.Helper()
	w := through(engine, "/page", "")
	if vary := w.Header().Values("Vary"); len(vary) == 0 {
		t.Errorf("a page for one client has no Vary: %v", w.Header())
	}
	return w.Body.String(), cookieOf(t, w)
}

// csrfReason gives the detail of a refusal, or "" if the request went through.
func csrfReason(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Code == 200 {
		return ""
	}
	var p api.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	if w.Code != 403 || p.Status != 403 || p.Title != "Forbidden" || p.Type != api.ProblemBase+"csrf-failed" {
		t.Errorf("%d %+v", w.Code, p)
	}
	return p.Detail
}

func TestCSRF(t *testing.T) {
	t.Parallel()
	engine := csrfEngine(t, middleware.CSRFConfig{TrustedOrigins: []string{"https://shop.example"}})
	token, cookie := page(t, engine)
	other, otherCookie := page(t, engine)
	_, held, _ := strings.Cut(cookie, "=")
	form := func(token string) string { return url.Values{"a": {"1"}, "csrf_token": {token}}.Encode() }
	multi, multiType := multipartForm(t, "a", "1", "csrf_token", token)
	for _, tt := range []struct {
		name, method, body, reason string
		header                     []string
	}{
		{name: "header", header: []string{"Cookie", cookie, "X-CSRF-Token", token}},
		{name: "field", body: form(token), header: []string{"Cookie", cookie, "Content-Type", formType + "; charset=utf-8"}},
		{name: "field of a form with files", body: multi, header: []string{"Cookie", cookie, "Content-Type", multiType}},
		{name: "what the cookie holds", header: []string{"Cookie", cookie, "X-CSRF-Token", held}},
		{name: "JSON with a header", body: "{}", header: []string{"Cookie", cookie, "Content-Type", "application/json", "X-CSRF-Token", token}},
		{name: "PUT", method: "PUT", header: []string{"Cookie", cookie, "X-CSRF-Token", token}},
		{name: "same origin", header: []string{"Cookie", cookie, "X-CSRF-Token", token, "Sec-Fetch-Site", "same-origin", "Origin", "http://example.com"}},
		{name: "trusted origin", header: []string{"Cookie", cookie, "X-CSRF-Token", token, "Sec-Fetch-Site", "cross-site", "Origin", "https://shop.example"}},
		{name: "other cookies beside it", header: []string{"Cookie", "a=b; " + cookie, "X-CSRF-Token", token}},
		{name: "a planted cookie before it", header: []string{"Cookie", "csrf_token=x; " + otherCookie + "; " + cookie, "X-CSRF-Token", token}},

		{name: "GET", method: "GET", header: []string{"Cookie", cookie, "Sec-Fetch-Site", "cross-site"}},
		{name: "HEAD", method: "HEAD", header: []string{"Cookie", cookie, "Origin", "https://evil.example"}},
		{name: "OPTIONS", method: "OPTIONS", header: []string{"Cookie", cookie, "Origin", "https://evil.example"}},
		{name: "TRACE", method: "TRACE", header: []string{"Cookie", cookie, "Origin", "https://evil.example"}},

		{name: "no token", header: []string{"Cookie", cookie}, reason: csrfMissing},
		{name: "no token in the form", body: "a=1", header: []string{"Cookie", cookie, "Content-Type", formType}, reason: csrfMissing},
		{name: "another cookie alone", header: []string{"Cookie", "a=b"}, reason: csrfMissing},
		{name: "DELETE", method: "DELETE", header: []string{"Cookie", cookie}, reason: csrfMissing},
		{name: "an unknown method", method: "BREW", header: []string{"Cookie", cookie}, reason: csrfMissing},
		{name: "JSON with cookies", body: "{}", header: []string{"Cookie", cookie, "Content-Type", "application/json"}, reason: csrfMissing},
		{name: "a token in the query", method: "POST", body: "", header: []string{"Cookie", cookie, "Content-Type", formType}, reason: csrfMissing},
		{name: "token as text", body: form(token), header: []string{"Cookie", cookie, "Content-Type", "text/plain"}, reason: csrfMissing},
		{name: "token without its cookie", header: []string{"Cookie", "a=b", "X-CSRF-Token", token}, reason: csrfInvalid},
		{name: "token of another cookie", header: []string{"Cookie", cookie, "X-CSRF-Token", other}, reason: csrfInvalid},
		{name: "rubbish", header: []string{"Cookie", cookie, "X-CSRF-Token", "rubbish"}, reason: csrfInvalid},
		{name: "a long one", header: []string{"Cookie", cookie, "X-CSRF-Token", strings.Repeat("A", 1<<16)}, reason: csrfInvalid},
		{name: "cut", header: []string{"Cookie", cookie, "X-CSRF-Token", token[:len(token)-4]}, reason: csrfInvalid},
		{name: "planted pair", header: []string{"Cookie", "csrf_token=" + strings.Repeat("A", 64), "X-CSRF-Token", strings.Repeat("A", 64)}, reason: csrfInvalid},
		{name: "empty pair", header: []string{"Cookie", "csrf_token=", "X-CSRF-Token", "="}, reason: csrfInvalid},

		{name: "another site", header: []string{"Cookie", cookie, "X-CSRF-Token", token, "Sec-Fetch-Site", "cross-site"}, reason: csrfOrigin},
		{name: "a sibling", header: []string{"Cookie", cookie, "X-CSRF-Token", token, "Sec-Fetch-Site", "same-site"}, reason: csrfOrigin},
		{name: "another origin", header: []string{"Cookie", cookie, "X-CSRF-Token", token, "Origin", "https://evil.example"}, reason: csrfOrigin},
		{name: "null origin", header: []string{"Cookie", cookie, "X-CSRF-Token", token, "Origin", "null"}, reason: csrfOrigin},
		{name: "almost trusted", header: []string{"Cookie", cookie, "X-CSRF-Token", token, "Origin", "https://shop.example.evil.example"}, reason: csrfOrigin},

		{name: "a program", body: "{}", header: []string{"Content-Type", "application/json"}},
		{name: "a program's form", body: "a=1", header: []string{"Content-Type", formType}},
		{name: "a bearer token from another origin", header: []string{"Authorization", "Bearer x", "Origin", "https://app.example"}},
		{name: "an API key with JSON from another origin", body: "{}", header: []string{"X-API-Key", "x", "Content-Type", "application/json", "Origin", "https://app.example"}},
		{name: "a bearer token and cookies", header: []string{"Authorization", "Bearer x", "Cookie", cookie}, reason: csrfMissing},
		{name: "Basic is ambient", header: []string{"Authorization", "Basic x"}, reason: csrfMissing},
		{name: "Basic and Bearer", header: []string{"Authorization", "Bearer x", "Authorization", "Basic x"}, reason: csrfMissing},
		{name: "a login from another site", body: "user=evil", header: []string{"Content-Type", formType, "Sec-Fetch-Site", "cross-site"}, reason: csrfOrigin},
		{name: "the same as text", body: "user=evil", header: []string{"Content-Type", "text/plain", "Origin", "https://evil.example"}, reason: csrfOrigin},
		{name: "the same without a type", body: "user=evil", header: []string{"Origin", "https://evil.example"}, reason: csrfOrigin},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.method == "" {
				tt.method = "POST"
			}
			r := httptest.NewRequest(tt.method, "/echo?csrf_token="+url.QueryEscape(token), strings.NewReader(tt.body))
			for i := 0; i < len(tt.header); i += 2 {
				r.Header.Add(tt.header[i], tt.header[i+1])
			}
			w := httptest.NewRecorder()
			if tt.method == "TRACE" || tt.method == "BREW" {
				anyMethod(t, tt.method, w, r)
			} else {
				engine.ServeHTTP(w, r)
			}
			if reason := csrfReason(t, w); reason != tt.reason {
				t.Errorf("%q, want %q", reason, tt.reason)
			}
			if tt.reason == "" && w.Body.String() != tt.body {
				t.Errorf("the handler read %q, want %q", w.Body, tt.body)
			}
		})
	}
}

// anyMethod serves a method that Gin's Any leaves out.
func anyMethod(t *testing.T, method string, w http.ResponseWriter, r *http.Request) {
	t.Helper()
	check, err := middleware.CSRF(middleware.CSRFConfig{Secret: csrfSecret})
	if err != nil {
		t.Fatal(err)
	}
	engine := gin.New()
	engine.Use(check)
	engine.Handle(method, "/echo", func(c *gin.Context) { c.Status(200) })
	engine.ServeHTTP(w, r)
}

func TestCSRFClientCertificate(t *testing.T) {
	t.Parallel()
	engine := csrfEngine(t, middleware.CSRFConfig{})
	r := httptest.NewRequest("POST", "/echo", strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{}}}
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, r)
	if reason := csrfReason(t, w); reason != csrfMissing {
		t.Errorf("%q", reason)
	}
}

func TestCSRFConfig(t *testing.T) {
	t.Parallel()
	_, err := middleware.CSRF(middleware.CSRFConfig{
		Secret: "short", Cookie: "a b", Header: "a b", TrustedOrigins: []string{"shop.example", "https://shop.example/", "https://fine.example"},
	})
	wantFaults(t, err, "at least 32 bytes is needed, and it has 5", "Name", `"a b" can't be the name of a header`, `"shop.example"`, `"https://shop.example/"`)
	_, err = middleware.CSRF(middleware.CSRFConfig{Secret: csrfSecret, Cookie: "__Host-csrf", Insecure: true})
	wantFaults(t, err, "unless it is secure")
}

func TestCSRFOwnRefusal(t *testing.T) {
	t.Parallel()
	engine := csrfEngine(t, middleware.CSRFConfig{Refuse: func(c *gin.Context, p *api.Problem) {
		if !c.IsAborted() {
			t.Error("not aborted")
		}
		c.String(http.StatusTeapot, p.Detail)
	}})
	r := httptest.NewRequest("POST", "/echo", nil)
	r.Header.Set("Cookie", "a=b")
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, r)
	if w.Code != http.StatusTeapot || w.Body.String() != csrfMissing {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func BenchmarkCSRF(b *testing.B) {
	check, err := middleware.CSRF(middleware.CSRFConfig{Secret: csrfSecret})
	if err != nil {
		b.Fatal(err)
	}
	engine := gin.New()
	engine.Use(check)
	engine.GET("/get", func(c *gin.Context) { c.Status(204) })
	engine.GET("/token", func(c *gin.Context) { middleware.CSRFToken(c); c.Status(204) })
	cookie := cookieOf(b, through(engine, "/token", ""))
	for _, name := range []string{"get", "token"} {
		b.Run(name, func(b *testing.B) { benchServe(b, engine, "/"+name, cookie) })
	}
}
