package di

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
)

type (
	one   struct{ n int }
	two   struct{ text string }
	three struct{ inner *one }
	four  struct{ list []int }
	sum   struct{ text string }
	named *one
)

func summed(ctx context.Context, args ...any) *sum {
	text := fmt.Sprint(ctx.Value(two{}))
	for _, a := range args {
		text += " " + fmt.Sprintf("%+v", reflect.ValueOf(a).Elem())
	}
	return &sum{text}
}

var errDirect = errors.New("no value")

// forms are constructors of every form that is called directly, and of some that
// aren't.
func forms(noted *[]error) []any {
	bg := context.WithValue(context.Background(), two{}, "own")
	note := func(err error) error { *noted = append(*noted, err); return err }
	return []any{
		func() *sum { return summed(bg) },
		func() (*sum, error) { return summed(bg), nil },
		func() (*sum, func(error) error, error) { return summed(bg), note, nil },
		func(a *one) *sum { return summed(bg, a) },
		func(a *one) (*sum, error) { return nil, errDirect },
		func(a *one) (*sum, func(error) error, error) { return summed(bg, a), nil, nil },
		func(a *one, b *two) *sum { return summed(bg, a, b) },
		func(a *one, b *two) (*sum, error) { return summed(bg, a, b), nil },
		func(a *one, b *two) (*sum, func(error) error, error) { return nil, note, errDirect },
		func(a *one, b *two, c *three) *sum { return summed(bg, a, b, c) },
		func(a *one, b *two, c *three) (*sum, error) { return summed(bg, a, b, c), nil },
		func(a *one, b *two, c *three) (*sum, func(error) error, error) { return summed(bg, a, b, c), note, nil },
		func(a *one, b *two, c *three, d *four) *sum { return summed(bg, d, c, b, a) },
		func(a *one, b *two, c *three, d *four) (*sum, error) { return summed(bg, a, b, c, d), nil },
		func(a *one, b *two, c *three, d *four) (*sum, func(error) error, error) {
			return summed(bg, a, b, c, d), note, nil
		},
		func(ctx context.Context) *sum { return summed(ctx) },
		func(ctx context.Context) (*sum, error) { return summed(ctx), nil },
		func(ctx context.Context) (*sum, func(error) error, error) { return summed(ctx), note, nil },
		func(ctx context.Context, a *one) *sum { return summed(ctx, a) },
		func(ctx context.Context, a *one) (*sum, error) { return summed(ctx, a), nil },
		func(ctx context.Context, a *one) (*sum, func(error) error, error) { return summed(ctx, a), note, nil },
		func(ctx context.Context, a *one, b *two) *sum { return summed(ctx, a, b) },
		func(ctx context.Context, a *one, b *two) (*sum, error) { return nil, errDirect },
		func(ctx context.Context, a *one, b *two) (*sum, func(error) error, error) {
			return summed(ctx, a, b), note, nil
		},
		func(ctx context.Context, a *one, b *two, c *three) *sum { return summed(ctx, a, b, c) },
		func(ctx context.Context, a *one, b *two, c *three) (*sum, error) { return summed(ctx, c, b, a), nil },
		func(ctx context.Context, a *one, b *two, c *three) (*sum, func(error) error, error) {
			return summed(ctx, a, b, c), note, nil
		},
		func(ctx context.Context, a *one, b *two, c *three, d *four) *sum { return summed(ctx, a, b, c, d) },
		func(ctx context.Context, a *one, b *two, c *three, d *four) (*sum, error) {
			return summed(ctx, a, b, c, d), nil
		},
		func(ctx context.Context, a *one, b *two, c *three, d *four) (*sum, func(error) error, error) {
			return summed(ctx, a, b, c, d), note, nil
		},
		func() *sum { return nil },
	}
}

// A constructor must not tell whether it is called directly or by reflection.
func TestDirectCalls(t *testing.T) {
	t.Parallel()
	deps := []any{&one{1}, &two{"2"}, &three{nil}, &four{[]int{4}}}
	var noted []error
	for _, function := range forms(&noted) {
		c, err := newConstructor(function)
		if err != nil {
			t.Fatal(err)
		}
		p, needs := c.in(Env{}, Request, Source{})
		if p.direct == nil {
			t.Errorf("%T is not called directly", function)
			continue
		}
		give := func() string {
			noted = nil
			ctx := context.WithValue(t.Context(), two{}, "given")
			value, cleanup, err := p.build(ctx, deps[:len(needs)])
			closed := "no clean-up"
			if cleanup != nil {
				closed = fmt.Sprint(cleanup(errDirect))
			}
			text := fmt.Sprintf("%T", value)
			if s, ok := value.(*sum); ok && s != nil {
				text = s.text
			}
			return fmt.Sprint(text, ", ", err, ", ", closed, noted)
		}
		direct := give()
		p.direct = nil
		if reflected := give(); direct != reflected {
			t.Errorf("%T: directly\n%s, by reflection\n%s", function, direct, reflected)
		}
	}
}

func TestIndirectCalls(t *testing.T) {
	t.Parallel()
	for _, function := range []any{
		func(one) *sum { return nil },
		func(named) *sum { return nil },
		func() named { return nil },
		func() sum { return sum{} },
		func(a, b, c, d, e *one) *sum { return nil },
		func() (*sum, func()) { return nil, nil },
		func() (*sum, func(error) error) { return nil, nil },
		func() (*sum, func() error, error) { return nil, nil, nil },
		func(fmt.Stringer) *sum { return nil },
		func(struct {
			A *one `inject:""`
		},
		) *sum {
			return nil
		},
	} {
		c, err := newConstructor(function)
		if err != nil {
			t.Fatal(err)
		}
		if p, _ := c.in(Env{}, Request, Source{}); p.direct != nil {
			t.Errorf("%T is called directly", function)
		}
	}
}

// What isn't of the type that a pointer parameter has is converted first.
func TestDirectCallConverts(t *testing.T) {
	t.Parallel()
	c, err := newConstructor(func(a *one, b *two) (*sum, error) {
		return &sum{fmt.Sprint(a.n, b == nil)}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	convert := func(_ context.Context, value any, _ reflect.Type) (reflect.Value, error) {
		if value == "bad" {
			return reflect.Value{}, errDirect
		}
		return reflect.ValueOf(&one{len(value.(string))}), nil
	}
	p, _ := c.in(Env{Convert: convert}, Request, Source{})
	if v, _, err := p.build(t.Context(), []any{"text", nil}); err != nil || v.(*sum).text != "4 true" {
		t.Error(v, err)
	}
	if _, _, err := p.build(t.Context(), []any{"bad", nil}); !errors.Is(err, errDirect) {
		t.Error(err)
	}
	if v, _, err := p.build(t.Context(), []any{named(&one{3}), nil}); err != nil || v.(*sum).text != "3 true" {
		t.Error(v, err)
	}
}
