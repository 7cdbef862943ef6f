package middleware_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/spikard/api"
)

// whoami serves a handler behind an authenticator, which answers with the
// principal.
func whoami(t testing.TB, a middleware.Authenticator, refuse middleware.Refuse) *httptest.Server {
	t.Helper()
	engine := gin.New()
	engine.Use(middleware.Authenticate(a, refuse))
	engine.GET("/", func(c *gin.Context) {
		p := middleware.PrincipalOf(c)
		if p.Scheme != a.Scheme() {
			t.Errorf("the scheme is %q, the authenticator's %q", p.Scheme, a.Scheme())
		}
		c.JSON(http.StatusOK, p)
	})
	server := httptest.NewServer(engine)
	t.Cleanup(server.Close)
	return server
}

// asked is what a request came to.
type asked struct {
	status    int
	principal middleware.Principal
	problem   api.Problem
	header    http.Header
}

// ask sends a GET with header fields given as name, value pairs.
func ask(t testing.TB, url string, fields ...string) asked {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	got := asked{status: answer.StatusCode, header: answer.Header}
	into := any(&got.principal)
	if got.status != http.StatusOK {
		into = &got.problem
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		t.Errorf("%d: %v", got.status, err)
	}
	return got
}

// refusedWith checks all that a refusal says.
func (got asked) refusedWith(t testing.TB, title, detail, challenge string) {
	t.Helper()
	p := got.problem
	if got.status != 401 || p.Status != 401 || p.Type != api.ProblemBase+"unauthorized" || p.Title != title || p.Detail != detail {
		t.Errorf("%d %+v, want %q: %q", got.status, p, title, detail)
	}
	if got := got.header.Get("WWW-Authenticate"); got != challenge {
		t.Errorf("WWW-Authenticate: %s, want %s", got, challenge)
	}
}

func TestAuthenticateAlone(t *testing.T) {
	t.Parallel()
	key, err := middleware.NewAPIKey(middleware.APIKeyConfig{Keys: []string{"one"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Run("own refusal", func(t *testing.T) {
		t.Parallel()
		server := whoami(t, key, func(c *gin.Context, p *api.Problem) {
			if !c.IsAborted() {
				t.Error("not aborted")
			}
			c.JSON(http.StatusTeapot, p)
		})
		if got := ask(t, server.URL); got.status != http.StatusTeapot || got.problem.Title != "Missing API key" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("without a principal", func(t *testing.T) {
		t.Parallel()
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest("GET", "/", nil)
		if p := middleware.PrincipalOf(c); p != nil {
			t.Errorf("%+v", p)
		}
	})
	t.Run("one request's principal is not another's", func(t *testing.T) {
		t.Parallel()
		r := httptest.NewRequest("GET", "/?api_key=one", nil)
		first, _ := key.Authenticate(r)
		second, _ := key.Authenticate(r)
		if first == second || first.Subject != second.Subject {
			t.Errorf("%p %p %+v %+v", first, second, first, second)
		}
	})
}
