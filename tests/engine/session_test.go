//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

// sessionApp signs a user in by a cookie, and has a form that other sites can't send.
const sessionApp = `
from typing import Annotated

from spikard import (
    CsrfConfig, CsrfToken, Form, HTMLResponse, Principal, ServerConfig, Session, SessionConfig, Spikard,
)

secret = "a secret that is long enough for both"
app = Spikard(ServerConfig(
    session=SessionConfig(secrets=[secret], secure=False), csrf=CsrfConfig(secret=secret, secure=False),
))

@app.post("/login")
async def login(user: Annotated[str, Form()], session: Session) -> None:
    session.set("sub", user)
    session.set("scopes", ["read"])
    session.set("cart", {"apples": 2})

@app.get("/form")
def form(token: CsrfToken) -> HTMLResponse:
    return HTMLResponse(token.token)

@app.get("/me", security=[{"cookieAuth": ["read"]}])
def me(who: Principal, session: Session) -> dict[str, object]:
    return {"who": who.subject, "cart": session.get("cart"), "all": sorted(session.all())}

@app.post("/logout", security=["cookieAuth"])
def logout(session: Session) -> None:
    session.delete("cart")
    session.clear()
`

func TestSession(t *testing.T) {
	t.Parallel()
	var server *spikard.Server
	app := fx.New(
		fx.NopLogger, chosen.Module, spikard.Module, fx.Populate(&server),
		spikard.WithConfig(spikard.Config{Addr: "127.0.0.1:0"}),
		spikard.PythonFS(fstest.MapFS{"app.py": {Data: []byte(sessionApp)}}, "app:app"),
	)
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	client := &http.Client{Jar: jar, Transport: transport, Timeout: 30 * time.Second}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := app.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	send := func(method, path string, form url.Values, want int) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+server.Addr()+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != want {
			t.Errorf("%s %s: %d %s, want %d", method, path, answer.StatusCode, body, want)
		}
		return string(body)
	}
	send("GET", "/me", nil, 401)
	token := send("GET", "/form", nil, 200)
	send("POST", "/login", url.Values{"user": {"ann"}}, 403)
	send("POST", "/login", url.Values{"user": {"ann"}, "csrf_token": {token}}, 200)
	if got, want := send("GET", "/me", nil, 200), `{"who":"ann","cart":{"apples":2},"all":["cart","scopes","sub"]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	token = send("GET", "/form", nil, 200)
	send("POST", "/logout", url.Values{"csrf_token": {token}}, 200)
	send("GET", "/me", nil, 401)
}
