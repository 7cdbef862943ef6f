package di_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/di"
	"go.uber.org/fx"
	"go.uber.org/fx/fxtest"
)

// registrations gives what an fx app registered, in order.
func registrations(t testing.TB, opts ...fx.Option) []*di.Registration {
	t.Helper()
	var out []*di.Registration
	collect := fx.Invoke(fx.Annotate(func(all []*di.Registration) { out = all }, fx.ParamTags(`group:"di.registrations"`)))
	fxtest.New(t, append(opts, collect, fx.NopLogger)...)
	di.SortRegistrations(out)
	return out
}

// filled is a registry with what an fx app registered.
func filled(t testing.TB, env di.Env, opts ...fx.Option) *di.Registry {
	t.Helper()
	r := di.NewRegistry()
	for _, g := range registrations(t, opts...) {
		g.AddTo(r, env)
	}
	return r
}

// session starts a registry and opens a session that the test closes.
func session(t testing.TB, r *di.Registry) *di.Session {
	t.Helper()
	if err := r.Seal(nil); err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := r.Open(t.Context())
	t.Cleanup(func() {
		if err := errors.Join(s.Close(nil), r.Stop(context.Background())); err != nil {
			t.Error(err)
		}
	})
	return s
}

type (
	settings struct{ Region string }
	engine   struct{ settings settings }
	tx       struct{ engine *engine }
	keyed    struct {
		Engine  *engine
		Replica *engine `inject:"*github.com/spikard/spikard-go/di_test.engine#replica"`
		Greeter string  `inject:"greeting"`
		Tx      *tx     `inject:""`
		Gone    *store  `inject:",optional"`
	}
	page struct{ text string }
)

type ctxKey struct{}

func newEngine(s settings) *engine { return &engine{s} }

func newTx(_ context.Context, e *engine) (*tx, error) { return &tx{e}, nil }

func newPage(ctx context.Context, in keyed, s settings) (*page, func()) {
	text := fmt.Sprintln(ctx.Value(ctxKey{}), in.Engine == nil, in.Replica.settings.Region, in.Greeter, in.Tx.engine.settings.Region, in.Gone == nil, s.Region)
	return &page{strings.TrimSpace(text)}, func() {}
}

func TestProvide(t *testing.T) {
	t.Parallel()
	r := filled(t, di.Env{},
		fx.Supply(settings{"eu"}), // what nothing provides is fx's
		di.Provide(newEngine, di.Singleton, di.As("app.Engine", "engine")),
		di.Provide(func() *engine { return &engine{settings{"us"}} }, di.Singleton, di.Named("replica"), di.As("app.Engine#replica")),
		di.Provide(newTx),
		di.Provide(newPage, di.Transient),
		di.Supply("greeting", "hello"),
	)
	for _, key := range []string{"app.Engine", "engine", "app.Engine#replica", "greeting"} {
		if !r.Has(di.ParseKey(key)) {
			t.Errorf("nothing provides %s", key)
		}
	}
	if err := r.Seal(nil); err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := r.Open(context.WithValue(t.Context(), ctxKey{}, "ctx"))
	first, err := di.Resolve[*page](t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if want := "ctx true us hello eu true eu"; first.text != want {
		t.Errorf("got %q, want %q", first.text, want)
	}
	second, _ := di.Resolve[*page](t.Context(), s)
	one, _ := di.Resolve[*tx](t.Context(), s)
	two, _ := di.Resolve[*tx](t.Context(), s)
	if first == second || one != two {
		t.Error("the lifetimes are wrong: pages are transient, Tx is the request's")
	}
	byName, _ := s.Resolve(t.Context(), "engine")
	if byName != any(one.engine) {
		t.Error("another engine under the name")
	}
	if err := errors.Join(s.Close(nil), r.Stop(t.Context())); err != nil {
		t.Error(err)
	}
}

func TestProvideTellsTheProvider(t *testing.T) {
	t.Parallel()
	r := filled(t, di.Env{}, di.Provide(newTx))
	err := r.Seal([]di.Need{{Key: di.KeyOf[*tx](), By: "handler h"}})
	if err == nil || !strings.Contains(err.Error(), "di_test.newTx (") || !strings.Contains(err.Error(), "module_test.go:") {
		t.Errorf("got %v, want the function and its source", err)
	}
	r = filled(t, di.Env{}, di.Supply("n", 5), di.Provide(newEngine, di.Singleton), fx.Supply(settings{"eu"}))
	if err := r.Seal(nil); err != nil {
		t.Fatal(err)
	}
	p, err := r.Compile([]di.Need{{Key: "n"}, {Key: di.KeyOf[*engine]()}, {Key: di.KeyOf[settings]()}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []reflect.Type{reflect.TypeFor[int](), reflect.TypeFor[*engine](), reflect.TypeFor[settings]()} {
		if got := p.Steps[p.Needs[i]].Provider.Type; got != want {
			t.Errorf("type %v, want %v", got, want)
		}
	}
}

// What a constructor may give, and what becomes of it.
func TestProvideCleanups(t *testing.T) {
	t.Parallel()
	var got []string
	note := func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
	errClean := errors.New("stuck")
	tests := []struct {
		name        string
		constructor any
		want        []string
		cleanup     error
	}{
		{"value", func() int { return 1 }, nil, nil},
		{"value and no error", func() (int, error) { return 1, nil }, nil, nil},
		{"func()", func() (int, func()) { return 1, func() { note("closed") } }, []string{"closed"}, nil},
		{"func() and error", func() (int, func(), error) { return 1, func() { note("closed") }, nil }, []string{"closed"}, nil},
		{
			"func(error) error",
			func() (int, func(error) error, error) {
				return 1, func(err error) error { note("closed with %v", err); return err }, nil
			},
			[]string{"closed with boom"},
			nil,
		},
		{
			"func() error",
			func() (int, func() error, error) {
				return 1, func() error { note("closed"); return errClean }, nil
			},
			[]string{"closed"},
			errClean,
		},
		{"nil clean-ups", func() (int, func() error, error) { return 1, nil, nil }, nil, nil},
		{"nil func()", func() (int, func()) { return 1, nil }, nil, nil},
		{"nil func(error) error", func() (int, func(error) error) { return 1, nil }, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got = nil
			s := session(t, filled(t, di.Env{}, di.Provide(test.constructor)))
			if v, err := di.Resolve[int](t.Context(), s); err != nil || v != 1 {
				t.Errorf("got %v, %v", v, err)
			}
			if err := s.Close(errBoom); !errors.Is(err, test.cleanup) {
				t.Errorf("close: got %v, want %v", err, test.cleanup)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	failing := session(t, filled(t, di.Env{}, di.Provide(func() (int, func(), error) {
		return 0, func() { t.Error("the clean-up of a failed build ran") }, errBoom
	})))
	if _, err := di.Resolve[int](t.Context(), failing); !errors.Is(err, errBoom) {
		t.Errorf("got %v", err)
	}
}

func TestWhatCannotBeProvided(t *testing.T) {
	t.Parallel()
	type hidden struct {
		x int `inject:"x"` //nolint:unused // that is what the test is about
	}
	type blank struct {
		X int `inject:"a b"`
	}
	tests := []struct {
		option fx.Option
		want   string
	}{
		{di.Provide(5), "di.Provide(int) ("},
		{di.Provide((func() int)(nil)), "the function is nil"},
		{di.Provide(func() {}), "it must give the value"},
		{di.Provide(func() error { return nil }), "it must give the value"},
		{di.Provide(func() (int, string) { return 1, "" }), "it must give the value"},
		{di.Provide(func() (int, error, func()) { return 1, nil, nil }), "it must give the value"}, //nolint:staticcheck // wrong on purpose
		{di.Provide(func(...int) int { return 1 }), "variable number"},
		{di.Provide(func(int, context.Context) int { return 1 }), "must be the first"},
		{di.Provide(func(hidden) int { return 1 }), "field x of di_test.hidden has the tag inject and is not exported"},
		{di.Provide(func(blank) int { return 1 }), "field X of di_test.blank"},
		{di.Provide(newEngine, di.As("")), "di.Provide(di_test.newEngine)"},
		{di.Provide(newEngine, di.Named("")), "the name for di.Named is empty"},
		{di.Supply("", 1), "di.Supply"},
		{di.Bind[int]("a b"), "di.Bind"},
		{di.ReplaceKey("", 1), "di.ReplaceKey"},
	}
	for _, test := range tests {
		err := fx.New(test.option, fx.NopLogger).Err()
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "module_test.go:") {
			t.Errorf("got %v, want %q and the source", err, test.want)
		}
	}
}

func TestBind(t *testing.T) {
	t.Parallel()
	python := di.Provider{Key: di.TypeKey("app.Engine"), Name: "engine", Build: value("python's")}
	tests := []struct {
		name string
		opts []fx.Option
		add  []di.Provider
		want any
	}{
		{"nobody", nil, nil, nil},
		{"fx", []fx.Option{fx.Supply(&engine{settings{"fx"}})}, nil, &engine{settings{"fx"}}},
		{"the other side", nil, []di.Provider{python}, "python's"},
		{"the other side before fx", []fx.Option{fx.Supply(&engine{})}, []di.Provider{python}, "python's"},
		{
			"di before fx",
			[]fx.Option{fx.Supply(&engine{}), di.Provide(func() *engine { return &engine{settings{"di"}} })},
			nil, &engine{settings{"di"}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := filled(t, di.Env{}, append(test.opts, di.Bind[*engine]("app.Engine"))...)
			for _, p := range test.add {
				r.Add(p)
			}
			s := session(t, r)
			for _, key := range []di.Key{di.TypeKey("app.Engine"), di.KeyOf[*engine]()} {
				got, err := s.Resolve(t.Context(), key)
				if test.want == nil {
					if err == nil {
						t.Errorf("%s: got %v", key, got)
					}
				} else if err != nil || !reflect.DeepEqual(got, test.want) {
					t.Errorf("%s: got %v, %v, want %v", key, got, err, test.want)
				}
			}
		})
	}
}

func TestReplacements(t *testing.T) {
	t.Parallel()
	fake := &engine{settings{"fake"}}
	s := session(t, filled(t, di.Env{},
		di.Replace(fake), // before what it replaces
		di.Provide(func(*store) *engine { return nil }, di.As("app.Engine")), // and nothing provides *store
		di.Supply("n", 1), di.ReplaceKey("n", 2),
		di.Provide(func() string { return "a" }), di.Provide(func() string { return "b" }, di.Replacing()),
	))
	for key, want := range map[di.Key]any{di.TypeKey("app.Engine"): fake, "n": 2, di.KeyOf[string](): "b"} {
		if got, err := s.Resolve(t.Context(), key); err != nil || got != want {
			t.Errorf("%s: got %v, %v", key, got, err)
		}
	}
	err := filled(t, di.Env{}, di.Replace(fake)).Seal(nil)
	if err == nil || !strings.Contains(err.Error(), "it replaces nothing") || !strings.Contains(err.Error(), "module_test.go:") {
		t.Errorf("got %v", err)
	}
}

func TestEnv(t *testing.T) {
	t.Parallel()
	type report struct{ a, b int }
	type in struct {
		B int `inject:"b"`
	}
	build := func(a int, in in) report { return report{a, in.B} }
	r := filled(t, di.Env{}, di.Provide(build), di.Supply("b", "2"), di.Supply(string(di.KeyOf[int]()), "1"))
	s := session(t, r)
	_, err := di.Resolve[report](t.Context(), s)
	if err == nil || !strings.Contains(err.Error(), "int of di_test.TestEnv.func1: it is of type string, not int") {
		t.Errorf("got %v, want both types", err)
	}

	env := di.Env{
		Convert: func(_ context.Context, v any, to reflect.Type) (reflect.Value, error) {
			out := reflect.New(to)
			_, err := fmt.Sscan(v.(string), out.Interface())
			return out.Elem(), err
		},
		Singletons: map[di.Key]any{"b": 7},
	}
	opts := []fx.Option{di.Supply("b", "2"), di.Supply(string(di.KeyOf[int]()), "1")}
	for lifetime, want := range map[di.Lifetime]report{request: {1, 2}, single: {1, 7}} {
		s := session(t, filled(t, env, append(opts, di.Provide(build, lifetime))...))
		if got, err := di.Resolve[report](t.Context(), s); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", lifetime, got, err, want)
		}
	}
}

// Apps of one server share what needs nothing of theirs.
func TestSingletonsOfSeveralRegistries(t *testing.T) {
	t.Parallel()
	var got []string
	note := func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
	fail := false
	all := registrations(t,
		di.Provide(func() (*engine, func() error, error) {
			note("engine")
			return &engine{}, func() error { note("engine closed"); return nil }, nil
		}, di.Singleton),
		di.Provide(func(*engine) (*store, error) {
			if fail {
				panic("ouch")
			}
			note("store")
			return &store{}, nil
		}, di.Singleton),
		di.Provide(func(_ *engine, in struct {
			Name string `inject:"app.Name"`
		},
		) (*page, func()) {
			note("page of %s", in.Name)
			return &page{in.Name}, func() { note("page of %s closed", in.Name) }
		}, di.Singleton),
	)
	app := func(name string) *di.Registry {
		r := di.NewRegistry()
		for _, g := range all {
			g.AddTo(r, di.Env{})
		}
		r.Add(di.Provider{Key: di.TypeKey("app.Name"), Name: "name", Foreign: 1})
		r.SetForeign(func(context.Context, *di.Provider, []any) (any, func(error) error, error) { return name, nil, nil })
		if err := r.Seal(nil); err != nil {
			t.Fatal(err)
		}
		return r
	}
	want := func(lines ...string) {
		t.Helper()
		if !slices.Equal(got, lines) {
			t.Errorf("got %q, want %q", got, lines)
		}
		got = nil
	}
	a, b := app("a"), app("b")
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	do(a.Start(t.Context()))
	want("engine", "store", "page of a")
	do(b.Start(t.Context()))
	want("page of b")
	of := func(r *di.Registry) any { v, _ := r.Value(di.KeyOf[*engine]()); return v }
	if of(a) != of(b) {
		t.Error("the apps have engines of their own")
	}
	do(a.Stop(t.Context()))
	want("page of a closed")
	do(b.Stop(t.Context()))
	want("page of b closed", "engine closed")

	fail = true
	for range 2 { // a start that fails gives back what it took
		if err := a.Start(t.Context()); err == nil {
			t.Error("no error")
		}
		want("engine", "engine closed")
	}
	fail = false
	do(a.Start(t.Context()))
	want("engine", "store", "page of a")
	do(a.Stop(t.Context()))
}

func TestSortRegistrations(t *testing.T) {
	t.Parallel()
	opts := []fx.Option{
		di.Supply("a", 1),
		di.Supply("b", 2), di.Supply("c", 3),
		di.Bind[int]("d"), di.Bind[int]("e"),
	}
	var want string
	for range 20 {
		all := registrations(t, opts...)
		if !slices.IsSortedFunc(all, func(a, b *di.Registration) int { return a.Source().Line - b.Source().Line }) {
			t.Error("the sources are not in order")
		}
		r := di.NewRegistry()
		for _, g := range all {
			g.AddTo(r, di.Env{})
		}
		var b strings.Builder
		if err := r.WriteText(&b); err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = b.String()
		}
		if b.String() != want {
			t.Fatalf("got\n%s\nwant\n%s", b.String(), want)
		}
	}
}

func TestOneOptionInSeveralApps(t *testing.T) {
	t.Parallel()
	option := di.Provide(newEngine)
	for _, region := range []string{"eu", "us"} {
		s := session(t, filled(t, di.Env{}, option, fx.Supply(settings{region})))
		if got, err := di.Resolve[*engine](t.Context(), s); err != nil || got.settings.Region != region {
			t.Errorf("got %v, %v, want the region %s", got, err, region)
		}
	}
}
