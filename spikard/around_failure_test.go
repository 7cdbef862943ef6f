package spikard_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

// stockError is an error of the app's own.
type stockError struct{ left int }

func (e *stockError) Error() string { return fmt.Sprintf("only %d left", e.left) }

// failing gives the failures that tests ask for by the query.
func failing(x api.Exchange) error {
	switch x.RawQuery() {
	case "problem":
		return api.NewProblem(402, "pay", "There is no money")
	case "plain":
		return errors.New("the secret is 42")
	case "stock":
		return fmt.Errorf("while ordering: %w", &stockError{3})
	case "panic":
		panic("the secret is 42")
	}
	return nil
}

// TestHookFailures has each stage fail in each way: the failure is the server's or
// the client's as a handler's is, and what was opened is closed.
func TestHookFailures(t *testing.T) {
	t.Parallel()
	for _, stage := range []struct {
		name string
		add  func(any, ...spikard.HookOption) fx.Option
	}{
		{"OnRequest", spikard.OnRequest},
		{"PreValidation", spikard.PreValidation},
		{"PreHandler", spikard.PreHandler},
	} {
		t.Run(stage.name, func(t *testing.T) {
			t.Parallel()
			engine, j := pybridgetest.New(), &journal{}
			engine.App("app:app").Get("/", j.handler())
			s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"), fx.Supply(&pool{"one"}), di.Provide(openUnit(j)),
				stage.add(func(x api.Exchange, _ *unit) error { return failing(x) }),
				spikard.OnResponse(j.goSees),
				spikard.Get("/go", func() string { j.say("handle"); return "hello" }))
			for _, path := range []string{"/", "/go"} {
				s.get(t, path+"?problem").problem(t, 402, "pay")
				j.check(t, "open unit", "close unit, There is no money", "go on_response 402")
				for _, query := range []string{"plain", "stock"} {
					got := s.get(t, path+"?"+query)
					got.problem(t, 500, "internal-server-error")
					if strings.Contains(got.text, "42") {
						t.Errorf("the error reached the client: %s", got.text)
					}
					j.check(t, "open unit", "close unit, The server could not answer the request", "go on_response 500")
				}
				s.get(t, path+"?panic").problem(t, 500, "internal-server-error")
				lines := j.take()
				if len(lines) != 2 || !strings.HasPrefix(lines[1], "close unit, panic: the secret is 42") {
					t.Errorf("a panic: %q", lines)
				}
				s.get(t, path)
				j.check(t, "open unit", "handle", "close unit, <nil>", "go on_response 200")
			}
			for _, want := range []string{
				`"error":"the secret is 42"`, `"panic":"the secret is 42"`, `"error":"while ordering: only 3 left"`,
				`"handler":"spikard_test.TestHookFailures`,
			} {
				if !strings.Contains(s.logs.String(), want) {
					t.Errorf("the log lacks %s:\n%s", want, s.logs)
				}
			}
			if strings.Contains(s.logs.String(), "There is no money") {
				t.Error("an answer like any other is logged as a failure")
			}
		})
	}
}

// TestPanicBehindHandler has hooks panic that run when the values of the request
// are cleaned up.
func TestPanicBehindHandler(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("app:app")
	app.Provide("session", "request", session(j))
	app.Get("/", j.handler(inject("session", "session")))
	app.Get("/raises", raises("app.raises", errors.New("oh")))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"), fx.Supply(&pool{"one"}), di.Provide(openUnit(j)),
		spikard.PreHandler(func(api.Exchange, *unit) {}),
		spikard.OnError(func(x api.Exchange, err error) { panic(err) }),
		spikard.OnResponse(func(x api.Exchange, a *spikard.Answer) { panic(a.Status) }),
		spikard.Get("/go", func() string { return "hello" }),
		spikard.Get("/fails", func() error { return errors.New("oh") }))
	for path, want := range map[string][]string{
		"/":       {"open unit", "open session", "handle", "close session, <nil>", "close unit, <nil>"},
		"/raises": {"open unit", "close unit, builtins.RuntimeError: oh"},
		"/go":     {"open unit", "close unit, <nil>"},
		"/fails":  {"open unit", "close unit, oh"},
	} {
		s.get(t, path).problem(t, 500, "internal-server-error")
		j.check(t, want...)
	}
	if strings.Contains(s.logs.String(), "clean-up") {
		t.Errorf("a clean-up ran twice:\n%s", s.logs)
	}
	if held := engine.Held(); held != 0 {
		t.Errorf("%d objects are held", held)
	}
}

// TestOnError asks the hooks, then the handlers of errors, whatever has failed.
func TestOnError(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("app:app")
	app.Get("/raises", raises("app.raises", &pybridge.Exception{Type: "app.Broken", Message: "the secret is 42", File: "app.py", Line: 3}))
	app.Get("/http", raises("app.http", &pybridgetest.HTTPException{Status: 409, Detail: "taken"}))
	app.Provide("session", "request", raises("app.session", errors.New("no session")))
	app.Get("/session", j.handler(inject("session", "session")))
	app.Get("/items/{id}", j.handler(pathInt("id")))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"), fx.Supply(&pool{"one"}),
		di.Provide(func(x api.Exchange) (*unit, error) { return &unit{}, failing(x) }),
		spikard.PreHandler(failing),
		spikard.OnError(func(_ api.Exchange, err error, p *pool) { j.say("first of %s: %v", p.name, err) }),
		spikard.OnError(func(x api.Exchange, err error) *spikard.Reply {
			j.say("second")
			if x.Header("Answer") == "" {
				return nil
			}
			return &spikard.Reply{Status: 599, Body: err.Error()}
		}),
		spikard.OnError(func(api.Exchange, error) { j.say("third") }),
		spikard.HandleError(func(_ api.Exchange, err *stockError, p *pool) (*spikard.Reply, error) {
			j.say("handler of %s", p.name)
			return &spikard.Reply{Status: 409, Body: err.left}, nil
		}),
		spikard.HandleError(func(_ api.Exchange, err *pybridge.Exception) *spikard.Reply {
			j.say("handler of exceptions")
			return &spikard.Reply{Status: 503, Body: err.Type}
		}),
		spikard.OnResponse(j.goSees),
		spikard.Get("/go", func(in struct {
			Kind string `query:"kind" default:""`
		},
		) error {
			if in.Kind == "stock" {
				return &stockError{1}
			}
			return errors.New("oh")
		}),
		spikard.Get("/unit", func(*unit) string { return "hello" }),
		spikard.Get("/session-go", func(in struct {
			Session string `inject:"session"`
		},
		) string {
			return in.Session
		}))

	unanswered := func(text string) []string { return []string{"first of one: " + text, "second", "third"} }
	for _, tt := range []struct {
		path, text string
		status     int
		want       []string
	}{
		{"/go", "", 500, unanswered("oh")},
		{"/go?kind=stock", "1", 409, join(unanswered("only 1 left"), "handler of one")},
		{"/go?stock", "3", 409, join(unanswered("while ordering: only 3 left"), "handler of one")},
		{"/go?problem", "", 402, unanswered("There is no money")},
		{"/raises", `"app.Broken"`, 503, join(unanswered("app.Broken: the secret is 42"), "handler of exceptions")},
		{"/http", "", 409, unanswered("HTTPException 409: taken")},
		{"/session", `"builtins.RuntimeError"`, 503, join(unanswered("builtins.RuntimeError: no session"), "handler of exceptions")},
		{"/session-go", `"builtins.RuntimeError"`, 503, join(unanswered("builtins.RuntimeError: no session"), "handler of exceptions")},
		// A refusal is no failure.
		{"/items/x", "", 422, nil},
		{"/nowhere", "", 404, nil},
	} {
		t.Run(tt.path, func(t *testing.T) {
			got := s.get(t, tt.path)
			if got.StatusCode != tt.status || tt.text != "" && got.text != tt.text || got.Header.Get("X-Seen") != "go" {
				t.Errorf("%d %s %v", got.StatusCode, got.text, got.Header)
			}
			j.check(t, append(tt.want, fmt.Sprintf("go on_response %d", tt.status))...)
			if tt.want == nil {
				return
			}
			got = s.get(t, tt.path, "Answer", "yes")
			if got.StatusCode != 599 || got.Header.Get("X-Seen") != "go" {
				t.Errorf("%d %s", got.StatusCode, got.text)
			}
			j.check(t, append(tt.want[:2], "go on_response 599")...)
		})
	}
	// What such an answer hides is in the log.
	for _, want := range []string{`"error":"app.Broken: the secret is 42"`, `"source":"app.py:3"`, `"error":"oh"`} {
		if !strings.Contains(s.logs.String(), want) {
			t.Errorf("the log lacks %s", want)
		}
	}
}

// TestDependencyFailureHandled has a provider in Go fail for a handler in either
// language.
func TestDependencyFailureHandled(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("shop:app")
	app.Class(unitClass)
	app.Provide("session", "request", session(j))
	app.Get("/", handlerWithUnit(j))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("shop:app"), fx.Supply(&pool{"one"}),
		di.Provide(func(x api.Exchange, p *pool) (*unit, error) {
			return &unit{p}, fmt.Errorf("unit: %w", &stockError{0})
		}, di.As("shop.Unit")),
		spikard.HandleError(func(_ api.Exchange, err *stockError) *spikard.Reply {
			return &spikard.Reply{Status: 410, Body: err.Error()}
		}),
		spikard.Get("/go", func(*unit) string { return "hello" }))
	for _, path := range []string{"/", "/go"} {
		if got := s.get(t, path); got.StatusCode != 410 || got.text != `"only 0 left"` {
			t.Errorf("%s: %d %s", path, got.StatusCode, got.text)
		}
	}
}

// shelf is a Go value that Python calls.
type shelf struct{}

func (*shelf) Take(n int) error { return fmt.Errorf("take %d: %w", n, &stockError{n - 1}) }

// TestGoErrorThroughPython finds an error of Go's behind the exception that it was in
// Python.
func TestGoErrorThroughPython(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("shop:app")
	app.Class(pybridge.Class{Name: "shop.Shelf", Kind: pybridge.ClassPlain, Methods: []pybridge.Method{
		{Name: "take", Params: []pybridge.Param{{Name: "n", Required: true, Type: &pybridge.Type{Kind: pybridge.TypeInt}}}},
	}})
	app.Get("/", pybridgetest.Func{
		Name: "shop.take", Params: []pybridge.Param{inject("shelf", "__type__shop.Shelf")},
		Run: func(ctx context.Context, args []any) (any, error) {
			return args[0].(*pybridgetest.Proxy).Call(ctx, "take", 5)
		},
	})
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("shop:app"), di.Supply("shop.Shelf", &shelf{}),
		spikard.HandleError(func(_ api.Exchange, err *stockError) *spikard.Reply {
			return &spikard.Reply{Status: 409, Body: err.left}
		}))
	if got := s.get(t, "/"); got.StatusCode != 409 || got.text != "4" {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
}

// TestOnErrorFails has what answers for failures fail itself.
func TestOnErrorFails(t *testing.T) {
	t.Parallel()
	s := serve(t, nil, spikard.Config{},
		spikard.OnError(func(x api.Exchange, err error) (*spikard.Reply, error) {
			switch x.RawQuery() {
			case "plain":
				return nil, errors.New("the pager is off")
			case "problem":
				return nil, api.NewProblem(409, "conflict", err.Error()+", translated")
			case "body":
				return &spikard.Reply{Body: func() {}}, nil
			}
			return nil, nil
		}),
		spikard.HandleError(func(api.Exchange, *stockError) error { return errors.New("the shelf is gone") }),
		spikard.Get("/", func(x api.Exchange) error {
			if x.RawQuery() == "stock" {
				return &stockError{1}
			}
			return errors.New("oh")
		}))
	for query, want := range map[string]string{
		"plain": "the pager is off", "body": "unsupported type", "stock": "the shelf is gone", "": `"error":"oh"`,
	} {
		s.get(t, "/?"+query).problem(t, 500, "internal-server-error")
		if !strings.Contains(s.logs.String(), want) {
			t.Errorf("%q: the log lacks %q:\n%s", query, want, s.logs)
		}
	}
	// As in Python, what a hook raises is answered in the error's place.
	if doc := s.get(t, "/?problem").problem(t, 409, "conflict"); doc["detail"] != "oh, translated" {
		t.Errorf("%v", doc)
	}
}

// TestProblemHandler answers what the server refuses by itself.
func TestProblemHandler(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Get("/items/{id}", (&journal{}).handler(pathInt("id")))
	s := serve(t, engine, spikard.Config{MaxBodySize: 10, APIKeyAuth: &spikard.APIKeyAuth{Keys: []spikard.Secret{"key"}}},
		spikard.PythonApp("app:app"),
		spikard.HandleError(func(x api.Exchange, p *api.Problem) (*spikard.Reply, error) {
			if x.Header("Leave") != "" {
				return nil, nil
			}
			return &spikard.Reply{Status: p.Status, Header: p.Header, Body: map[string]any{"sorry": p.Title, "faults": len(p.Errors)}}, nil
		}),
		spikard.Post("/go/{id}", func(getOrder) error { return api.NewProblem(410, "gone", "It is gone") }))
	for _, tt := range []struct {
		method, path, body, key string
		status                  int
		text, header, value     string
	}{
		{"GET", "/nowhere", "", "key", 404, `{"faults":0,"sorry":"Not Found"}`, "", ""},
		{"DELETE", "/items/7", "", "key", 405, `{"faults":0,"sorry":"Method Not Allowed"}`, "Allow", "GET, HEAD"},
		{"GET", "/items/x", "", "key", 422, `{"faults":1,"sorry":"Request Validation Failed"}`, "", ""},
		{"GET", "/items/7", "", "", 401, `{"faults":0,"sorry":"Missing API key"}`, "Www-Authenticate", `ApiKey name="X-API-Key"`},
		{"POST", "/go/x", "", "key", 422, `{"faults":1,"sorry":"Request Validation Failed"}`, "", ""},
		{"POST", "/go/7", "", "key", 410, `{"faults":0,"sorry":"Gone"}`, "", ""},
	} {
		t.Run(fmt.Sprint(tt.method, tt.path, tt.status), func(t *testing.T) {
			got := s.do(t, tt.method, tt.path, tt.body, "X-API-Key", tt.key)
			if got.StatusCode != tt.status || got.text != tt.text || tt.header != "" && got.Header.Get(tt.header) != tt.value {
				t.Errorf("%d %s %v", got.StatusCode, got.text, got.Header)
			}
			left := s.do(t, tt.method, tt.path, tt.body, "X-API-Key", tt.key, "Leave", "yes")
			if left.StatusCode != tt.status || !strings.Contains(left.text, `"type":"https://spikard.dev/errors/`) {
				t.Errorf("%d %s", left.StatusCode, left.text)
			}
		})
	}
}

// TestProblemHandlerIsAskedOnce has it asked for a problem that a hook fails with,
// and not for one that stands for another failure.
func TestProblemHandlerIsAskedOnce(t *testing.T) {
	t.Parallel()
	j := &journal{}
	s := serve(t, nil, spikard.Config{},
		spikard.OnRequest(failing),
		spikard.HandleError(func(_ api.Exchange, p *api.Problem) { j.say("%d", p.Status) }),
		spikard.Get("/", func() string { return "hello" }))
	s.get(t, "/?problem").problem(t, 402, "pay")
	j.check(t, "402")
	s.get(t, "/?plain").problem(t, 500, "internal-server-error")
	j.check(t)
}

// TestGoAnswersBeforePythonError has the hooks of both languages for one failure:
// Python's come first, and what they have answered is none to Go.
func TestGoAnswersBeforePythonError(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("app:app")
	app.Hook(pybridge.StageOnError, pybridgetest.Func{
		Name: "app.on_error", Params: []pybridge.Param{{Name: "error", In: pybridge.InError, Required: true}},
		Run: func(_ context.Context, args []any) (any, error) {
			j.say("py on_error %v", args[0])
			if fmt.Sprint(args[0]) == "known" {
				return &pybridgetest.Response{Status: 418, Body: []byte("tea")}, nil
			}
			return nil, nil
		},
	})
	app.Get("/known", raises("app.known", errors.New("known")))
	app.Get("/unknown", raises("app.unknown", errors.New("unknown")))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"),
		spikard.OnError(func(_ api.Exchange, err error) *spikard.Reply {
			j.say("go on_error %v", err)
			return &spikard.Reply{Status: http.StatusBadGateway}
		}))
	if got := s.get(t, "/known"); got.StatusCode != 418 || got.text != "tea" {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	j.check(t, "py on_error known")
	if got := s.get(t, "/unknown"); got.StatusCode != 502 {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	j.check(t, "py on_error unknown", "go on_error builtins.RuntimeError: unknown")
}
