package hammer

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard"
)

// token is a value that Go makes.
type token struct {
	Serial int64 `json:"serial"`
}

// Number is what Python's class V has, too.
func (t *token) Number() int64 { return t.Serial }

// options are Go's part of the campaign.
func (c *campaign) options() []fx.Option {
	out := []fx.Option{
		di.Provide(c.keepBook, di.As("dependencies.Book")),
		di.Supply("dependencies.Ledger", c.ledger),
	}
	for _, g := range c.graphs {
		for _, n := range g.nodes {
			switch {
			case n.kind == goValue:
				out = append(out, di.Supply(n.key(), &token{n.static()}))
			case n.kind.isGo():
				out = append(out, c.provide(g, n))
			}
		}
		if g.handler == goHandler {
			out = append(out, spikard.Get(g.path(), c.handler(g)))
		}
	}
	return out
}

func (c *campaign) provide(g *graph, n *node) fx.Option {
	opts := []di.Option{
		di.Named(n.name()), di.As(n.key()),
		[...]di.Lifetime{singleton: di.Singleton, perRequest: di.Request, transient: di.Transient}[n.lifetime],
	}
	if n.lazy {
		opts = append(opts, di.Lazy())
	}
	return di.Provide(c.constructor(g, n), opts...)
}

var contextType = reflect.TypeFor[context.Context]()

// cleanups are the types of a constructor's clean-up.
var cleanups = [...]reflect.Type{reflect.TypeFor[func()](), reflect.TypeFor[func() error](), reflect.TypeFor[func(error) error]()}

// constructor makes a function like those that users write: a context, the book,
// a struct of what the node needs; the value, its clean-up, an error.
func (c *campaign) constructor(g *graph, n *node) any {
	in, out := []reflect.Type{contextType}, []reflect.Type{reflect.TypeFor[*token]()}
	if n.lifetime != singleton {
		in = append(in, reflect.TypeFor[*book]())
	}
	if len(n.needs) > 0 || n.optional {
		in = append(in, reflect.StructOf(fields(g, n.needs, n.optional)))
	}
	if n.kind.closes() {
		out = append(out, cleanups[n.cleanup])
	}
	out = append(out, reflect.TypeFor[error]())
	return reflect.MakeFunc(reflect.FuncOf(in, out, false), func(args []reflect.Value) []reflect.Value {
		return c.construct(g, n, args, out)
	}).Interface()
}

// fields are those of a struct that holds what somebody needs.
func fields(g *graph, needs []int, optional bool) []reflect.StructField {
	var out []reflect.StructField
	for i, need := range needs {
		n := g.nodes[need]
		f := reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: n.typeInGo()}
		f.Tag = reflect.StructTag(fmt.Sprintf("inject:%q", n.goKey()))
		out = append(out, f)
	}
	if optional {
		out = append(out, reflect.StructField{
			Name: "Missing", Type: reflect.TypeFor[*token](), Tag: `inject:"app.Missing,optional"`,
		})
	}
	return out
}

// goKey is the key by which Go asks: one of two for what Go provides.
func (n *node) goKey() string {
	if n.kind.isGo() && n.kind != goValue && n.number%2 == 0 {
		return string(di.KeyOf[*token]()) + "#" + n.name()
	}
	return n.key()
}

// typeInGo is what Go asks for: Python's data by way of JSON at times.
func (n *node) typeInGo() reflect.Type {
	switch {
	case n.kind.isGo():
		return reflect.TypeFor[*token]()
	case n.number%2 == 0 && (n.form == dataClass || n.form == plainName):
		return reflect.TypeFor[token]()
	}
	return reflect.TypeFor[pybridge.Object]()
}

func (c *campaign) construct(g *graph, n *node, args []reflect.Value, out []reflect.Type) []reflect.Value {
	results := make([]reflect.Value, len(out))
	for i, t := range out {
		results[i] = reflect.Zero(t)
	}
	serial, cleanup, err := c.make(g, n, args)
	if err != nil {
		results[len(results)-1] = reflect.ValueOf(err)
		return results
	}
	results[0] = reflect.ValueOf(&token{serial})
	if n.kind.closes() {
		results[1] = asOneOf(out[1], cleanup)
	}
	return results
}

// asOneOf gives a clean-up in one of the three forms.
func asOneOf(t reflect.Type, cleanup func(failure error, told bool) error) reflect.Value {
	switch t {
	case cleanups[0]:
		return reflect.ValueOf(func() {
			if err := cleanup(nil, false); err != nil {
				panic(err)
			}
		})
	case cleanups[1]:
		return reflect.ValueOf(func() error { return cleanup(nil, false) })
	}
	return reflect.ValueOf(func(failure error) error { return cleanup(failure, true) })
}

// make is the body of a constructor.
func (c *campaign) make(g *graph, n *node, args []reflect.Value) (int64, func(error, bool) error, error) {
	ctx := args[0].Interface().(context.Context)
	var got []int64
	if len(n.needs) > 0 {
		var err error
		if got, err = serials(ctx, g, n.needs, args[len(args)-1]); err != nil {
			return 0, nil, c.unreadable(ctx, n.name(), err)
		}
	}
	if n.lifetime == singleton {
		serial, err := c.ledger.Open(n.id(), got)
		return serial, func(error, bool) error { c.ledger.Close(serial, nil); return nil }, err
	}
	b := args[1].Interface().(*book)
	serial, how := b.opens(n.id(), got)
	return serial, b.cleanup(serial), how.err()
}

// unreadable reports values of Python's that could not be read. The client may be
// the cause, if it has left.
func (c *campaign) unreadable(ctx context.Context, who string, err error) error {
	if ctx.Err() == nil {
		c.fault("%s can't read what it needs: %v", who, err)
	}
	return err
}

// err is how Go does what the plan asks for.
func (h how) err() error {
	switch h {
	case asAsked:
		return nil
	case denies:
		return problem()
	case panics:
		panic(errPlanned)
	}
	return errPlanned
}

func (b *book) cleanup(serial int64) func(error, bool) error {
	return func(failure error, told bool) error {
		switch b.closes(serial, failure != nil, told) {
		case raises:
			return errPlanned
		case slow:
			pause()
		}
		return nil
	}
}

// serials reads the serial numbers of the values in a struct.
func serials(ctx context.Context, g *graph, needs []int, values reflect.Value) ([]int64, error) {
	out := make([]int64, len(needs))
	for i, need := range needs {
		var err error
		if out[i], err = serial(ctx, g.nodes[need], values.FieldByName(fmt.Sprintf("F%d", i)).Interface()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func serial(ctx context.Context, n *node, value any) (int64, error) {
	switch v := value.(type) {
	case *token:
		return v.Serial, nil
	case token:
		return v.Serial, nil
	case pybridge.Object:
		if n.form == plainName {
			read, err := pybridge.As[token](ctx, v)
			return read.Serial, err
		}
		return pybridge.Attr[int64](ctx, v, "serial")
	}
	return 0, errors.New("nothing is there")
}

// answer is what handlers in both languages give.
type answer struct {
	R int64 `json:"r"`
	N int   `json:"n"`
}

// handler makes the Go handler of a graph.
func (c *campaign) handler(g *graph) any {
	input := append(fields(g, g.needs, false), reflect.StructField{
		Name: "R", Type: reflect.TypeFor[int64](), Tag: `query:"r"`,
	})
	in := []reflect.Type{contextType, reflect.StructOf(input), reflect.TypeFor[*book]()}
	out := []reflect.Type{reflect.TypeFor[answer](), reflect.TypeFor[error]()}
	return reflect.MakeFunc(reflect.FuncOf(in, out, false), func(args []reflect.Value) []reflect.Value {
		a, err := c.handle(args[0].Interface().(context.Context), g, args[1], args[2].Interface().(*book))
		results := []reflect.Value{reflect.ValueOf(a), reflect.Zero(out[1])}
		if err != nil {
			results[1] = reflect.ValueOf(err)
		}
		return results
	}).Interface()
}

func (c *campaign) handle(ctx context.Context, g *graph, in reflect.Value, b *book) (answer, error) {
	got, err := serials(ctx, g, g.needs, in)
	if err != nil {
		return answer{}, c.unreadable(ctx, g.path(), err)
	}
	a := answer{R: in.FieldByName("R").Int(), N: len(got)}
	return a, b.handles(got).err()
}
