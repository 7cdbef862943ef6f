package spikard_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

// journal collects what providers did.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) say(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, fmt.Sprintf(format, args...))
}

// take gives what was said since the last time.
func (j *journal) take() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	lines := j.lines
	j.lines = nil
	return lines
}

func (j *journal) check(t *testing.T, want ...string) {
	t.Helper()
	if got := j.take(); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// closing is a clean-up that tells what it is told.
func (j *journal) closing(name string, err error) func(error) error {
	return func(failure error) error {
		j.say("close %s, %v", name, failure)
		return err
	}
}

// unit is a unit of work that Go opens for each request.
type unit struct{ pool *pool }

func (u *unit) Name() string { return "unit of " + u.pool.name }

type pool struct{ name string }

var unitClass = pybridge.Class{
	Name: "shop.Unit", Kind: pybridge.ClassPlain,
	Methods: []pybridge.Method{{Name: "name", Returns: &pybridge.Type{Kind: pybridge.TypeStr}}},
}

// openUnit provides units, which fail as the header of the request says.
func openUnit(j *journal) func(context.Context, *pool, api.Exchange) (*unit, func(error) error, error) {
	return func(_ context.Context, p *pool, x api.Exchange) (*unit, func(error) error, error) {
		var commit error
		switch x.Header("Fails") {
		case "open":
			return nil, nil, api.NewProblem(http.StatusConflict, "conflict", "The unit is taken")
		case "panic":
			panic("no unit")
		case "commit":
			commit = errors.New("the disk is full")
		}
		j.say("open unit")
		return &unit{p}, j.closing("unit", commit), nil
	}
}

func handlerWithUnit(j *journal) pybridgetest.Func {
	return pybridgetest.Func{
		Name: "shop.handler", Params: []pybridge.Param{inject("unit", "__type__shop.Unit"), inject("session", "session"), {
			Name: "request", In: pybridge.InRequest, Required: true,
		}},
		Run: func(ctx context.Context, args []any) (any, error) {
			name, err := args[0].(*pybridgetest.Proxy).Call(ctx, "name")
			if err != nil {
				return nil, err
			}
			j.say("handle")
			switch args[2].(*pybridgetest.Request).Query {
			case "raise":
				return nil, errors.New("oh")
			case "refuse":
				return nil, &pybridgetest.HTTPException{Status: 404, Detail: "not here"}
			}
			return name, nil
		},
	}
}

// session is a Python provider with a clean-up.
func session(j *journal, needs ...pybridge.Param) pybridgetest.Func {
	return pybridgetest.Func{Name: "shop.session", Params: needs, Run: func(context.Context, []any) (any, error) {
		j.say("open session")
		return pybridgetest.Yield{Value: "session", Close: func(err error) error {
			j.say("close session, %v", err)
			return err
		}}, nil
	}}
}

func TestGoProviderForEachRequest(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("shop:app")
	app.Class(unitClass)
	app.Provide("session", "request", session(j))
	app.Get("/", handlerWithUnit(j))
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("shop:app"),
		fx.Supply(&pool{"one"}), di.Provide(openUnit(j), di.As("shop.Unit")))
	for _, tt := range []struct {
		name, path, fails string
		status            int
		body              string
		journal           []string
	}{
		{"success", "/", "", 200, `"unit of one"`, []string{
			"open unit", "open session", "handle", "close session, <nil>", "close unit, <nil>",
		}},
		{"raised", "/?raise", "", 500, "internal-server-error", []string{
			"open unit", "open session", "handle", "close session, oh", "close unit, builtins.RuntimeError: oh",
		}},
		{"refused", "/?refuse", "", 404, "not here", []string{
			"open unit", "open session", "handle", "close session, not here", "close unit, HTTPException 404: not here",
		}},
		{"commit fails", "/", "commit", 500, "internal-server-error", []string{
			"open unit", "open session", "handle", "close session, <nil>", "close unit, <nil>",
		}},
		{"commit of a refusal fails", "/?refuse", "commit", 500, "internal-server-error", []string{
			"open unit", "open session", "handle", "close session, not here", "close unit, HTTPException 404: not here",
		}},
		{"open fails", "/", "open", 409, "The unit is taken", nil},
		{"open panics", "/", "panic", 500, "internal-server-error", nil},
	} {
		got := s.get(t, tt.path, "Fails", tt.fails)
		if got.StatusCode != tt.status || !strings.Contains(got.text, tt.body) {
			t.Errorf("%s: %d %s", tt.name, got.StatusCode, got.text)
		}
		j.check(t, tt.journal...)
	}
	for _, want := range []string{"the disk is full", "panic: no unit"} {
		if !strings.Contains(s.logs.String(), want) {
			t.Errorf("the log lacks %q", want)
		}
	}
}

// tariff needs a value of Python's, and Python needs it in turn.
type tariff struct{ currency string }

type tariffIn struct {
	Settings settings        `inject:"app.Settings"`
	Raw      pybridge.Object `inject:"app.Settings"`
	Missing  *string         `inject:"nobody.Knows,optional"`
}

func TestGoProviderThatNeedsPython(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("app:app")
	app.Class(pybridge.Class{Name: "app.Tariff", Kind: pybridge.ClassPlain})
	app.Provide("__type__app.Settings", "request", pybridgetest.Func{Name: "app.settings", Run: func(context.Context, []any) (any, error) {
		j.say("open settings")
		return pybridgetest.Yield{Value: map[string]string{"currency": "EUR"}, Close: func(err error) error {
			j.say("close settings, %v", err)
			return nil
		}}, nil
	}})
	app.Provide("session", "request", session(j, inject("tariff", "__type__app.Tariff")))
	app.Get("/", pybridgetest.Func{
		Name: "app.handler", Params: []pybridge.Param{inject("session", "session")},
		Run: func(_ context.Context, args []any) (any, error) { return args[0], nil },
	})
	newTariff := func(in tariffIn) (*tariff, func(error) error, error) {
		if in.Missing != nil || in.Raw == nil {
			return nil, nil, errors.New("something is there, or is not")
		}
		if in.Settings.Currency == "" {
			return nil, nil, api.NewProblem(402, "pay", "There is no currency")
		}
		j.say("open tariff in %s", in.Settings.Currency)
		return &tariff{in.Settings.Currency}, j.closing("tariff", nil), nil
	}
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"), di.Provide(newTariff, di.As("app.Tariff")),
		spikard.Get("/go", func(p *tariff) (string, error) {
			j.say("handle")
			return p.currency, errors.Join()
		}),
		spikard.Get("/fails", func(*tariff) (string, error) { return "", errors.New("no price") }),
		spikard.Get("/panics", func(*tariff) string { panic("no price") }),
		spikard.Get("/session", func(in struct {
			Session string `inject:"session"`
		}, p *tariff,
		) string {
			return in.Session + p.currency
		}))
	opened := []string{"open settings", "open tariff in EUR"}
	closedBy := func(inGo, inPython string) []string {
		return []string{"close tariff, " + inGo, "close settings, " + inPython}
	}
	closed := closedBy("<nil>", "<nil>")
	for _, tt := range []struct {
		path, body string
		status     int
		journal    []string
	}{
		{"/", `"session"`, 200, append(append(opened, "open session", "close session, <nil>"), closed...)},
		{"/go", `"EUR"`, 200, append(append(opened, "handle"), closed...)},
		{"/fails", "internal-server-error", 500, append(opened, closedBy("no price", "spikard._exceptions.GoError: no price")...)},
		{"/session", `"sessionEUR"`, 200, append(append(opened, "open session", "close session, <nil>"), closed...)},
	} {
		got := s.get(t, tt.path)
		if got.StatusCode != tt.status || !strings.Contains(got.text, tt.body) {
			t.Errorf("%s: %d %s", tt.path, got.StatusCode, got.text)
		}
		j.check(t, tt.journal...)
	}
	if got := s.get(t, "/panics"); got.StatusCode != 500 {
		t.Error(got.StatusCode)
	}
	if got := j.take(); len(got) != 4 || !strings.HasPrefix(got[2], "close tariff, panic: no price") {
		t.Errorf("%q", got)
	}
}

func TestSingletonsOfBothLanguages(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("app:app")
	app.Class(pybridge.Class{Name: "app.Tariff", Kind: pybridge.ClassPlain})
	python := func(name string, needs ...pybridge.Param) pybridgetest.Func {
		return pybridgetest.Func{Name: name, Params: needs, Run: func(context.Context, []any) (any, error) {
			j.say("open %s", name)
			return pybridgetest.Yield{Value: map[string]string{"currency": name}, Close: func(err error) error {
				j.say("close %s, %v", name, err)
				return nil
			}}, nil
		}}
	}
	app.Provide("__type__app.Settings", "singleton", python("app.settings"))
	app.Provide("session", "singleton", python("app.session", inject("tariff", "__type__app.Tariff")))
	app.Provide("late", "singleton", python("app.late", inject("session", "session")))
	app.Manifest().Providers[2].Lazy = true
	app.Get("/", pybridgetest.Func{
		Name: "app.handler", Params: []pybridge.Param{inject("late", "late"), inject("tariff", "__type__app.Tariff")},
		Run: func(_ context.Context, args []any) (any, error) { return args[0], nil },
	})
	newTariff := func(in struct {
		Settings settings `inject:"app.Settings"`
	},
	) (*tariff, func(), error) {
		j.say("open tariff in %s", in.Settings.Currency)
		return &tariff{in.Settings.Currency}, func() { j.say("close tariff") }, nil
	}
	fxApp, server, _ := newApp(engine, spikard.Config{}, spikard.PythonApp("app:app"),
		di.Provide(newTariff, di.As("app.Tariff"), di.Singleton),
		spikard.Get("/go", func(p *tariff) string { return p.currency }))
	if err := fxApp.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &site{base: "http://" + server.Addr(), client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	j.check(t, "open app.settings", "open tariff in app.settings", "open app.session")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got := s.get(t, "/"); got.text != `{"currency":"app.late"}` {
				t.Error(got.text)
			}
		})
	}
	all.Wait()
	if got := s.get(t, "/go"); got.text != `"app.settings"` {
		t.Error(got.text)
	}
	scope, err := server.Scope(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if p, err := di.Resolve[*tariff](t.Context(), scope); err != nil || p.currency != "app.settings" {
		t.Error(p, err)
	}
	if err := scope.Close(nil); err != nil {
		t.Error(err)
	}
	if err := fxApp.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	j.check(t, "open app.late", "close app.late, <nil>", "close app.session, <nil>", "close tariff", "close app.settings, <nil>")
	if _, err := server.Scope(t.Context()); err == nil {
		t.Error("a scope of a server that does not run")
	}
}

func TestScopeOutsideRequests(t *testing.T) {
	t.Parallel()
	engine, j := pybridgetest.New(), &journal{}
	app := engine.App("app:app")
	app.Provide("__type__app.Settings", "request", pybridgetest.Func{Name: "app.settings", Run: func(context.Context, []any) (any, error) {
		j.say("open settings")
		return pybridgetest.Yield{Value: map[string]string{"currency": "EUR"}, Close: func(err error) error {
			j.say("close settings, %v", err)
			return nil
		}}, nil
	}})
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"), fx.Supply(&pool{"one"}),
		di.Bind[settings]("app.Settings"), di.Provide(openUnit(j)),
		di.Provide(func(s settings, p *pool) *tariff { return &tariff{p.name + s.Currency} }),
		// Whatever else asks for it makes it known.
		spikard.Get("/", func(*pool) string { return "" }))
	scope, err := s.server.Scope(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if p, err := di.Resolve[*tariff](t.Context(), scope); err != nil || p.currency != "oneEUR" {
			t.Error(p, err)
		}
	}
	if got, err := di.Resolve[settings](t.Context(), scope); err != nil || got.Currency != "EUR" {
		t.Error(got, err)
	}
	if _, err := di.Resolve[*unit](t.Context(), scope); err == nil || !strings.Contains(err.Error(), "there is no request here") {
		t.Error(err)
	}
	failure := errors.New("it failed")
	if err := scope.Close(failure); err != nil {
		t.Error(err)
	}
	j.check(t, "open settings", "close settings, spikard._exceptions.GoError: it failed")
}

func TestRequestValues(t *testing.T) {
	t.Parallel()
	type both struct {
		log *slog.Logger
		x   api.Exchange
	}
	s := serve(t, nil, spikard.Config{},
		di.Provide(func(log *slog.Logger, x api.Exchange) *both { return &both{log, x} }),
		spikard.Get("/", func(b *both, x api.Exchange) (string, error) {
			b.log.Info("from a provider")
			if b.x != x {
				return "", errors.New("two exchanges in one request")
			}
			return x.RequestID(), nil
		}))
	id := strings.Trim(s.get(t, "/").text, `"`)
	if len(id) != 36 || !strings.Contains(s.logs.String(), `"msg":"from a provider","request_id":"`+id+`"`) {
		t.Errorf("%s is not in %s", id, s.logs.String())
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"one", "two", "three"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := &journal{}
			engine := pybridgetest.New()
			app := engine.App("app:app")
			app.Class(unitClass)
			app.Provide("__type__app.Greeting", "request", session(j))
			app.Get("/", pybridgetest.Func{
				Name: "app.handler", Params: []pybridge.Param{inject("unit", "__type__shop.Unit"), inject("greeting", "__type__app.Greeting")},
				Run: func(ctx context.Context, args []any) (any, error) {
					unit, err := args[0].(*pybridgetest.Proxy).Call(ctx, "name")
					return []any{unit, args[1]}, err
				},
			})
			s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"),
				di.Provide(func() *pool { return &pool{"real"} }), di.Provide(openUnit(j), di.As("shop.Unit")),
				di.Replace(&pool{name}), di.ReplaceKey("app.Greeting", "hi "+name))
			if got := s.get(t, "/"); got.text != `["unit of `+name+`","hi `+name+`"]` {
				t.Error(got.text)
			}
			j.check(t, "open unit", "close unit, <nil>")
		})
	}
}

// A logger of the user's own is no value of a request: a startup hook may have it.
func TestOwnLogger(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	app.Class(pybridge.Class{Name: "app.Log", Kind: pybridge.ClassPlain})
	started := false
	app.Hook(pybridge.StageStartup, pybridgetest.Func{
		Name: "app.up", Params: []pybridge.Param{inject("log", "__type__app.Log")},
		Run: func(context.Context, []any) (any, error) { started = true; return nil, nil },
	})
	own := &logs{}
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"),
		di.Provide(own.logger, di.Singleton, di.As("app.Log")),
		spikard.Get("/", func(l *slog.Logger) string { l.Info("mine"); return "" }))
	if got := s.get(t, "/"); !started || got.StatusCode != 200 || !strings.Contains(own.String(), "mine") {
		t.Errorf("started %t, %d, %s", started, got.StatusCode, own)
	}
}

// What a Python clean-up raises for a Go handler is in the log with its traceback.
func TestTracebackOfCleanup(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	engine.App("app:app").Provide("session", "request", pybridgetest.Func{Name: "app.session", Run: func(context.Context, []any) (any, error) {
		return pybridgetest.Yield{Value: "session", Close: func(error) error {
			return &pybridge.Exception{Type: "app.Full", Message: "no room", Traceback: "Traceback of the commit"}
		}}, nil
	}})
	s := serve(t, engine, spikard.Config{}, spikard.PythonApp("app:app"), spikard.Get("/", func(in struct {
		Session string `inject:"session"`
	},
	) string {
		return in.Session
	}))
	s.get(t, "/").problem(t, 500, "internal-server-error")
	for _, want := range []string{"the request's clean-up", "app.Full: no room", "Traceback of the commit"} {
		if !strings.Contains(s.logs.String(), want) {
			t.Errorf("%q is not in the log: %s", want, s.logs)
		}
	}
}
