package pybridgetest_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
)

// provided is an app whose callable 0 provides a value.
func provided(value any) func(*pybridgetest.App) {
	return func(a *pybridgetest.App) {
		a.Provide("value", "request", pybridgetest.Func{Name: "app.value", Run: func(context.Context, []any) (any, error) {
			return value, nil
		}})
	}
}

func TestAwait(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, c := range []struct {
		name string
		body pybridgetest.Awaitable
		want int
		err  string
	}{
		{"result", func(context.Context) (any, error) { return 7, nil }, 7, ""},
		{"failure", func(context.Context) (any, error) { return nil, errGo }, 0, "builtins.RuntimeError: no such row"},
		{"cancelled", func(ctx context.Context) (any, error) { cancel(); <-ctx.Done(); return nil, ctx.Err() }, 0, "context canceled"},
	} {
		t.Run(c.name, func(t *testing.T) {
			result := load(t, provided(c.body), nil).call(anAccount, nil)
			defer result.Release()
			got, err := pybridge.AwaitAs[int](ctx, result.Objects[0])
			text := ""
			if err != nil {
				text = err.Error()
			}
			if got != c.want || text != c.err {
				t.Errorf("got %d, %v", got, err)
			}
		})
	}
	result := load(t, provided(7), nil).call(anAccount, nil)
	defer result.Release()
	var exc *pybridge.Exception
	if _, err := pybridge.Await(t.Context(), result.Objects[0]); !errors.As(err, &exc) || exc.Type != "TypeError" {
		t.Errorf("what can't be awaited: %v", err)
	}
}

func TestIterate(t *testing.T) {
	closed := 0
	numbers := pybridgetest.Iterable(func(yield func(any, error) bool) {
		defer func() { closed++ }()
		for n := range 3 {
			if !yield(n, nil) {
				return
			}
		}
		yield(nil, errGo)
	})
	app := load(t, provided(numbers), nil)
	result := app.call(anAccount, nil)
	defer result.Release()
	object := result.Objects[0]
	var got []int
	var last error
	for n, err := range pybridge.All[int](t.Context(), object) {
		if last = err; err == nil {
			got = append(got, n)
		}
	}
	var exc *pybridge.Exception
	if !reflect.DeepEqual(got, []int{0, 1, 2}) || !errors.As(last, &exc) || closed != 1 {
		t.Errorf("got %v, %v, closed %d times", got, last, closed)
	}
	for range pybridge.Iter(t.Context(), object) {
		if n := app.engine.Held(); n != 2 {
			t.Errorf("%d objects are held", n)
		}
		break
	}
	if n := app.engine.Held(); closed != 2 || n != 1 {
		t.Errorf("after a break: closed %d times, %d objects are held", closed, n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	for _, last = range pybridge.Iter(ctx, object) {
		cancel()
	}
	if !errors.Is(last, context.Canceled) || closed != 3 {
		t.Errorf("after the end of the context: %v, closed %d times", last, closed)
	}
	cancel()
	plain := load(t, provided(7), nil).call(anAccount, nil)
	defer plain.Release()
	for _, err := range pybridge.Iter(t.Context(), plain.Objects[0]) {
		if !errors.As(err, &exc) || exc.Type != "TypeError" {
			t.Errorf("what is no iterable: %v", err)
		}
	}
}
