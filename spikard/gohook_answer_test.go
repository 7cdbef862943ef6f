package spikard_test

import (
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

// TestHookAnswersFirst has a hook answer in the handler's place: nothing behind it
// runs but those that see the answer. What Go answers at one stage keeps Python's
// hooks of that stage and of later ones from running.
func TestHookAnswersFirst(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("app:app")
	for _, stage := range []pybridge.HookStage{pybridge.StageOnRequest, pybridge.StagePreValidation, pybridge.StagePreHandler} {
		app.Hook(stage, j.pyHook(string(stage)))
	}
	app.Hook(pybridge.StageOnResponse, j.pySees())
	app.Provide("session", "request", session(j))
	app.Get("/items/{id}", j.handler(pathInt("id"), inject("session", "session")))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"),
		spikard.OnRequest(j.goHook("on_request")),
		spikard.OnRequest(j.goHook("never first")),
		spikard.PreValidation(j.goHook("pre_validation")),
		spikard.PreHandler(j.goHook("pre_handler")),
		spikard.OnResponse(j.goSees))
	answered := []string{"py on_response 299", "go on_response 299"}
	for _, tt := range []struct {
		stage, path string
		want        []string
	}{
		{"on_request", "/items/7", join("go on_request", answered)},
		{"on_request", "/items/no number", join("go on_request", answered)},
		{"on_request", "/nowhere", join("go on_request", answered)},
		{"pre_validation", "/items/7", join("go on_request", "go never first", "go pre_validation", "py on_request", answered)},
		{"pre_validation", "/items/x", join("go on_request", "go never first", "go pre_validation", "py on_request", answered)},
		{"pre_handler", "/items/7", join(
			"go on_request", "go never first", "go pre_validation", "go pre_handler", "py on_request", "py pre_validation", answered)},
	} {
		t.Run(tt.stage+" "+tt.path, func(t *testing.T) {
			got := s.get(t, strings.ReplaceAll(tt.path, " ", "%20")+"?"+tt.stage)
			if got.StatusCode != 299 || got.text != `"`+tt.stage+`"` || got.Header.Get("X-By") != tt.stage ||
				got.Header.Get("X-Stamp") != "py" || got.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%d %s %v", got.StatusCode, got.text, got.Header)
			}
			j.check(t, tt.want...)
		})
	}
}

// TestHookOfOneStage has Python hear of an answer of Go's only where a hook of its
// own comes before that stage.
func TestHookOfOneStage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		python, answers string
		heard           bool
	}{
		{"on_request", "on_request", false},
		{"on_request", "pre_validation", true},
		{"on_request", "pre_handler", true},
		{"pre_validation", "pre_validation", false},
		{"pre_validation", "pre_handler", true},
		{"pre_handler", "pre_handler", false},
	} {
		t.Run(tt.answers+" before "+tt.python, func(t *testing.T) {
			t.Parallel()
			engine, j := pybridgetest.New(), &journal{}
			app := engine.App("app:app")
			app.Hook(pybridge.HookStage(tt.python), j.pyHook(tt.python))
			app.Get("/", j.handler())
			stages := map[string]func(any, ...spikard.HookOption) fx.Option{
				"on_request": spikard.OnRequest, "pre_validation": spikard.PreValidation, "pre_handler": spikard.PreHandler,
			}
			s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"), stages[tt.answers](j.goHook(tt.answers)))
			if got := s.get(t, "/?"+tt.answers); got.StatusCode != 299 {
				t.Errorf("%d %s", got.StatusCode, got.text)
			}
			want := []string{"go " + tt.answers}
			if tt.heard {
				want = append(want, "py "+tt.python)
			}
			j.check(t, want...)
		})
	}
}

// TestHookAnswerIsWhole checks what can be in the Reply of a hook.
func TestHookAnswerIsWhole(t *testing.T) {
	t.Parallel()
	replies := map[string]*spikard.Reply{
		"empty":    {},
		"text":     {Status: 403, Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte("go away")},
		"nothing":  {Status: 204},
		"cookies":  {Header: http.Header{"Set-Cookie": {"a=1", "b=2"}}, Body: map[string]int{"n": 1}},
		"early":    {Status: 103},
		"no JSON":  {Body: func() {}},
		"redirect": {Status: 307, Header: http.Header{"Location": {"/elsewhere"}}},
	}
	s := serve(t, hello(), spikard.Config{}, spikard.PythonApp("app:app"),
		spikard.PreHandler(func(x api.Exchange) *spikard.Reply {
			return replies[strings.ReplaceAll(x.RawQuery(), "%20", " ")]
		}))
	for name, want := range map[string]struct {
		status     int
		text, kind string
	}{
		"":         {200, `{"message":"Hello"}`, "application/json"},
		"empty":    {200, "", ""},
		"text":     {403, "go away", "text/plain"},
		"nothing":  {204, "", ""},
		"cookies":  {200, `{"n":1}`, "application/json"},
		"redirect": {307, "", ""},
	} {
		got := s.get(t, "/?"+name)
		if got.StatusCode != want.status || got.text != want.text || got.Header.Get("Content-Type") != want.kind {
			t.Errorf("%q: %d %q %v", name, got.StatusCode, got.text, got.Header)
		}
	}
	if got := s.get(t, "/?cookies"); len(got.Header["Set-Cookie"]) != 2 {
		t.Errorf("%v", got.Header)
	}
	for name, want := range map[string]string{"early": "status 103 is no final HTTP status", "no%20JSON": "unsupported type"} {
		s.get(t, "/?"+name).problem(t, 500, "internal-server-error")
		if !strings.Contains(s.logs.String(), want) {
			t.Errorf("%s: the log lacks %q:\n%s", name, want, s.logs)
		}
	}
}

// TestOnResponseChanges has a hook change all of an answer.
func TestOnResponseChanges(t *testing.T) {
	t.Parallel()
	s := serve(t, hello(), spikard.Config{}, spikard.PythonApp("app:app"),
		spikard.OnResponse(func(x api.Exchange, a *spikard.Answer) error {
			switch x.RawQuery() {
			case "all":
				a.Status, a.ContentType, a.Body = 418, "text/plain", []byte("tea: "+string(a.Body))
				a.Header.Set("X-Tea", "green")
				a.Header.Del("X-Request-ID")
			case "empty":
				a.Status, a.Body = 204, nil
			case "fails":
				return api.NewProblem(409, "conflict", "The audit is full")
			case "breaks":
				return fmt.Errorf("the secret is 42")
			case "zero":
				a.Status = 0
			case "early":
				a.Status = 103
			}
			return nil
		}),
		spikard.OnResponse(func(x api.Exchange, a *spikard.Answer) { a.Header.Set("X-Second", fmt.Sprint(a.Status)) }))

	got := s.get(t, "/?all")
	if got.StatusCode != 418 || got.text != `tea: {"message":"Hello"}` || got.Header.Get("Content-Type") != "text/plain" ||
		got.Header.Get("X-Tea") != "green" || got.Header.Get("X-Request-ID") != "" || got.Header.Get("X-Second") != "418" {
		t.Errorf("%d %q %v", got.StatusCode, got.text, got.Header)
	}
	if head := s.do(t, "HEAD", "/?all", ""); head.StatusCode != 418 || head.text != "" || head.ContentLength != int64(len(got.text)) {
		t.Errorf("HEAD: %d %q %d", head.StatusCode, head.text, head.ContentLength)
	}
	if got := s.get(t, "/?empty"); got.StatusCode != 204 || got.text != "" || got.Header.Get("Content-Type") != "" {
		t.Errorf("%d %q %v", got.StatusCode, got.text, got.Header)
	}
	got = s.get(t, "/?fails")
	got.problem(t, 409, "conflict")
	if got.Header.Get("X-Second") != "" {
		t.Error("another hook saw the answer that stands for a hook's failure")
	}
	got = s.get(t, "/?breaks")
	got.problem(t, 500, "internal-server-error")
	if strings.Contains(got.text, "42") || !strings.Contains(s.logs.String(), "the secret is 42") {
		t.Errorf("%s", got.text)
	}
	for _, query := range []string{"zero", "early"} {
		s.get(t, "/?"+query).problem(t, 500, "internal-server-error")
	}
	if want := "status 103 is no final HTTP status"; !strings.Contains(s.logs.String(), want) {
		t.Errorf("the log lacks %q:\n%s", want, s.logs)
	}
}
