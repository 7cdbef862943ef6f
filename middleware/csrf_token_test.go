package middleware_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
)

// TestCSRFOverSockets signs in with a browser's cookies.
func TestCSRFOverSockets(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(csrfEngine(t, middleware.CSRFConfig{Insecure: true}))
	t.Cleanup(server.Close)
	browser := func() *http.Client {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Jar: jar}
		t.Cleanup(client.CloseIdleConnections)
		return client
	}
	send := func(client *http.Client, path string, fields ...string) (int, string) {
		t.Helper()
		var answer *http.Response
		var err error
		if fields == nil {
			answer, err = client.Get(server.URL + path)
		} else {
			form := url.Values{}
			for i := 0; i < len(fields); i += 2 {
				form.Set(fields[i], fields[i+1])
			}
			answer, err = client.PostForm(server.URL+path, form)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(body)
	}
	victim := browser()
	_, before := send(victim, "/page")
	if _, again := send(victim, "/page"); again == before {
		t.Error("the token looks the same twice")
	}
	send(victim, "/visit") // a session without a login changes nothing
	if status, body := send(victim, "/echo", "csrf_token", before); status != 200 {
		t.Errorf("before the login: %d %s", status, body)
	}
	status, after := send(victim, "/login", "user", "victim", "csrf_token", before)
	if status != 200 {
		t.Fatalf("the login: %d %s", status, after)
	}
	if status, _ := send(victim, "/echo", "csrf_token", before); status != 403 {
		t.Errorf("a token from before the login: %d", status)
	}
	if status, body := send(victim, "/echo", "csrf_token", after); status != 200 {
		t.Errorf("a token of the login: %d %s", status, body)
	}

	attacker := browser()
	_, theirs := send(attacker, "/page")
	_, theirs = send(attacker, "/login", "user", "attacker", "csrf_token", theirs)
	home, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range attacker.Jar.Cookies(home) { // planted from a sibling domain
		if cookie.Name == "csrf_token" {
			victim.Jar.SetCookies(home, []*http.Cookie{cookie})
		}
	}
	if status, _ := send(victim, "/echo", "csrf_token", theirs); status != 403 {
		t.Errorf("an attacker's token and cookie with the victim's session: %d", status)
	}
}

func TestCSRFToken(t *testing.T) {
	t.Parallel()
	engine := csrfEngine(t, middleware.CSRFConfig{Cookie: "xsrf", Header: "x-xsrf", Field: "_t"})
	engine.GET("/twice", func(c *gin.Context) { c.String(200, middleware.CSRFToken(c)+" "+middleware.CSRFToken(c)) })
	w := through(engine, "/twice", "")
	cookie := cookieOf(t, w)
	if _, attributes, _ := strings.Cut(w.Header().Get("Set-Cookie"), "; "); attributes != "Path=/; Secure; SameSite=Lax" || !strings.HasPrefix(cookie, "xsrf=") {
		t.Errorf("%v", w.Header())
	}
	for token := range strings.SplitSeq(w.Body.String(), " ") {
		for _, field := range []bool{false, true} {
			r := httptest.NewRequest("POST", "/echo", nil)
			if field {
				r = httptest.NewRequest("POST", "/echo", strings.NewReader("_t="+token))
				r.Header.Set("Content-Type", formType)
			} else {
				r.Header.Set("X-XSRF", token)
			}
			r.Header.Set("Cookie", cookie)
			w := httptest.NewRecorder()
			engine.ServeHTTP(w, r)
			if reason := csrfReason(t, w); reason != "" {
				t.Errorf("%s: %s", token, reason)
			}
		}
	}
	if again := through(engine, "/page", cookie); again.Header().Get("Set-Cookie") != "" {
		t.Errorf("the cookie is there already: %v", again.Header())
	}
	if header := through(engine, "/plain", "").Header(); len(header) != 0 {
		t.Errorf("a page without a token: %v", header)
	}
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("GET", "/", nil)
	if token := middleware.CSRFToken(c); token != "" {
		t.Errorf("%q without the middleware", token)
	}
}

func TestCSRFWithoutSessions(t *testing.T) {
	t.Parallel()
	check, err := middleware.CSRF(middleware.CSRFConfig{Secret: csrfSecret})
	if err != nil {
		t.Fatal(err)
	}
	engine := gin.New()
	engine.Use(check)
	engine.GET("/page", func(c *gin.Context) { c.String(200, middleware.CSRFToken(c)) })
	engine.POST("/echo", func(c *gin.Context) { c.Status(200) })
	token, cookie := page(t, engine)
	for sent, want := range map[string]string{token: "", token[1:]: csrfInvalid, "": csrfMissing} {
		r := httptest.NewRequest("POST", "/echo", nil)
		r.Header.Set("Cookie", cookie)
		r.Header.Set("X-CSRF-Token", sent)
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, r)
		if reason := csrfReason(t, w); reason != want {
			t.Errorf("%q, want %q", reason, want)
		}
	}
}
