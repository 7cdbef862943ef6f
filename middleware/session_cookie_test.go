package middleware_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
)

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
