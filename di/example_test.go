package di_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spikard/spikard-go/di"
	"go.uber.org/fx"
)

// Pool stands for a connection pool, Session for a transaction on it.
type (
	Pool    struct{ Name string }
	Session struct{ pool *Pool }
)

func openPool(context.Context, []any) (any, func(error) error, error) {
	return &Pool{Name: "main"}, func(error) error { fmt.Println("pool closed"); return nil }, nil
}

func openSession(_ context.Context, deps []any) (any, func(error) error, error) {
	s := &Session{pool: deps[0].(*Pool)}
	return s, func(failure error) error {
		if failure != nil {
			fmt.Println("rolled back:", failure)
			return failure
		}
		fmt.Println("committed")
		return nil
	}, nil
}

func Example() {
	ctx := context.Background()
	r := di.NewRegistry()
	r.Add(di.Provider{Key: di.KeyOf[*Pool](), Lifetime: di.Singleton, Name: "openPool", Build: openPool})
	r.Add(di.Provider{
		Key: di.KeyOf[*Session](), Lifetime: di.Request, Name: "openSession", Build: openSession,
		Needs: []di.Need{{Key: di.KeyOf[*Pool]()}},
	})

	// Once, at start: check everything, compile what the handler needs.
	needs := []di.Need{{Key: di.KeyOf[*Session](), By: "handler save"}}
	if err := r.Seal(needs); err != nil {
		fmt.Println(err)
		return
	}
	plan, err := r.Compile(needs)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := r.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = r.Stop(ctx) }()

	// For each request: open, use, close with how it went.
	for _, failure := range []error{nil, errors.New("disk is full")} {
		scope, err := plan.Open(ctx)
		if err != nil {
			fmt.Println(err)
			return
		}
		session := scope.Value(plan.Needs[0]).(*Session)
		fmt.Println("saving to", session.pool.Name)
		if err := scope.Close(failure); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// saving to main
	// committed
	// saving to main
	// rolled back: disk is full
	// pool closed
}

func ExampleRegistry_Seal() {
	at := func(line int) di.Source { return di.Source{File: "shop.go", Line: line} }
	r := di.NewRegistry()
	r.Add(di.Provider{
		Key: di.TypeKey("shop.Users"), Name: "shop.NewUsers", Lifetime: di.Request, Source: at(12), Build: openSession,
		Needs: []di.Need{{Key: di.TypeKey("db.Session"), Source: at(12)}},
	})
	r.Add(di.Provider{Key: di.TypeKey("storage.Session"), Name: "storage.Open", Source: at(40), Build: openPool})
	fmt.Println(r.Seal([]di.Need{
		{Key: di.TypeKey("shop.Users"), By: "handler GetUser, field Users", Source: at(80)},
	}))
	// Output:
	// no provider for db.Session
	// 	handler GetUser, field Users (shop.go:80) needs shop.Users, from shop.NewUsers (shop.go:12)
	// 	shop.NewUsers (shop.go:12) needs db.Session, which nothing provides
	// 	did you mean storage.Session, from storage.Open (shop.go:40)?
}

func ExampleFaults() {
	r := di.NewRegistry()
	err := r.Seal([]di.Need{{Key: "db", By: "handler save"}, {Key: "db", By: "handler load"}})
	for _, fault := range di.Faults(err) {
		for _, root := range fault.Affected() {
			fmt.Println(root.By, "can't be served")
		}
	}
	// Output:
	// handler save can't be served
	// handler load can't be served
}

func ExampleKeyOf() {
	fmt.Println(di.KeyOf[*Session]().Label())
	fmt.Println(string(di.KeyOf[map[string]error]()))
	// Output:
	// *github.com/spikard/spikard-go/di_test.Session
	// __type__map[string]error
}

func ExampleRegistry_WriteText() {
	r := di.NewRegistry()
	r.Add(di.Provider{
		Key: di.TypeKey("shop.Users"), Lifetime: di.Request, Name: "shop.open_users", Foreign: 4,
		Source: di.Source{File: "shop.py", Line: 12},
		Needs:  []di.Need{{Key: "db", Optional: true}},
	})
	_ = r.WriteText(os.Stdout)
	// Output:
	// request shop.Users, from shop.open_users (shop.py:12), foreign
	//     needs "db", optional, absent
}

func ExampleProvide() {
	open := func(pool *Pool) (*Session, func(error) error, error) {
		s := &Session{pool: pool}
		return s, func(failure error) error { fmt.Println("closed", failure); return nil }, nil
	}
	serve := func(all []*di.Registration) {
		di.SortRegistrations(all)
		r := di.NewRegistry()
		for _, g := range all {
			g.AddTo(r, di.Env{})
		}
		if err := errors.Join(r.Seal(nil), r.Start(context.Background())); err != nil {
			fmt.Println(err)
			return
		}
		scope := r.Open(context.Background())
		session, err := di.Resolve[*Session](context.Background(), scope)
		fmt.Println(session.pool.Name, err)
		_ = scope.Close(nil)
	}
	fx.New(
		fx.NopLogger,
		fx.Supply(&Pool{Name: "main"}), // di takes from fx what it has no provider for
		di.Provide(open, di.As("store.Session")),
		fx.Invoke(fx.Annotate(serve, fx.ParamTags(`group:"di.registrations"`))),
	)
	// Output:
	// main <nil>
	// closed <nil>
}

func ExampleBind() {
	fx.New(
		fx.Supply(&Pool{Name: "main"}),
		di.Bind[*Pool]("store.Pool"), // Python's parameter pool: Pool is this one
		fx.NopLogger,
	)
}

func ExampleReplace() {
	service := fx.Options(di.Provide(func() *Pool { return &Pool{Name: "main"} }, di.Singleton, di.As("store.Pool")))
	// In a test, both languages get the other pool.
	fx.New(service, di.Replace(&Pool{Name: "test"}), fx.NopLogger)
}
