package spikard

import (
	"context"
	"errors"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// scope is what Go has built for one request, and builds for it on Python's
// asking.
type scope struct {
	program *compiled
	values  *di.Scope
	marks   []int // the clean-ups that were due before each segment
}

var _ pybridge.GoScope = (*scope)(nil)

// open builds what Go needs nothing of Python's for.
func (c *compiled) open(x *exchange) (*di.Scope, error) {
	return c.plan.Open(c.context(x))
}

// context is the request's, with the request itself where a provider asks for
// it.
func (c *compiled) context(x *exchange) context.Context {
	if c.aware {
		return withExchange(x.Context(), x)
	}
	return x.Context()
}

// goHalf is what the engine is to know of Go's values; nil if Python can't ask
// for any.
func (c *compiled) goHalf(values *di.Scope) pybridge.GoScope {
	if len(c.segments) == 0 && !c.lends {
		return nil
	}
	s := &scope{program: c, values: values}
	if len(c.segments) > 0 {
		s.marks = make([]int, len(c.segments))
	}
	return s
}

// write writes the inputs behind the bound ones.
func (c *compiled) write(x *exchange, values *di.Scope, pathNames []string, body []byte) error {
	x.wire.Encoded(c.constWire)
	if err := c.writeLive(values, &x.wire); err != nil {
		return err
	}
	if c.request {
		x.pathNames = pathNames
		if err := x.writeRequest(body); err != nil {
			return err
		}
	}
	if c.refusable {
		x.refusal.write(x)
	}
	if c.traced {
		x.writeTrace()
	}
	return nil
}

func (c *compiled) writeLive(values *di.Scope, w *wire.Writer) error {
	for i := range c.live {
		if err := c.live[i].write(values, w); err != nil {
			return err
		}
	}
	return nil
}

// Value gives the value of a slot.
func (s *scope) Value(n int) any { return s.values.Value(n) }

// Build builds a segment.
func (s *scope) Build(ctx context.Context, segment int, args []pybridge.Object, out *wire.Writer) error {
	g := &s.program.segments[segment]
	for i, slot := range g.needs {
		s.values.Set(slot, args[i])
	}
	s.marks[segment] = s.values.Len()
	if err := s.values.Build(ctx, g.slots); err != nil {
		return err
	}
	for i := range g.results {
		if err := g.results[i].write(s.values, out); err != nil {
			return errors.Join(err, s.values.CloseTo(s.marks[segment], err))
		}
	}
	return nil
}

// Close cleans a segment up.
func (s *scope) Close(_ context.Context, segment int, failure error) error {
	return s.values.CloseTo(s.marks[segment], failure)
}
