package spikard

import (
	"encoding/json"
	"fmt"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// compiled is a program ready to be called.
type compiled struct {
	name string
	// callable is nil where Go needs nothing of Python's.
	callable pybridge.Callable
	plan     *di.Plan
	// constants follow the bound inputs in every call. constWire has them in wire
	// form once the singletons are there.
	constants []constant
	constWire []byte
	live      []crossing
	// lends says that Python is given proxies of a call's own values.
	lends bool
	// request, refusable and traced say that the request itself, a refusal and
	// the trace context are inputs: the last ones, in that order.
	request, refusable, traced bool
	// bound is how many inputs come from the binder.
	bound    int
	ears     ears
	segments []segment
	// trailing are the slots that Go builds behind the call, of which outputs are
	// the needs: slots of the program's outputs, in order.
	trailing []int
	outputs  []int
	// aware says that something built in Go asks for the request's own values.
	aware bool
}

// constant is an input that is the same for every request: a singleton, or a
// value that is absent, for which the parameter's default stands.
type constant struct {
	key  di.Key
	over *border // nil: absent
	in   pybridge.Input
}

// crossing is a value that goes over to Python in each call: one of this
// request's, or a lazy singleton.
type crossing struct {
	slot      int
	over      *border
	singleton bool
}

func (c *crossing) write(values *di.Scope, w *wire.Writer) error {
	value := values.Value(c.slot)
	if c.singleton {
		return c.over.kept(value, w)
	}
	return c.over.live(value, c.slot, w)
}

// segment is a group of Go providers that run in the midst of a program.
type segment struct {
	slots   []int
	needs   []int // the slots of what Python hands over
	results []crossing
}

// programSpec says what a program runs.
type programSpec struct {
	name     string
	hooks    pyHooks
	handler  *role     // nil: outputs, or refusals alone
	outputs  []di.Need // for Go
	lifespan *role     // one callable whose value nobody wants
	job      bool      // lifespan is a job: a function that may block
	// refusals says that there is no handler: Go answers always, as where no
	// route was found.
	refusals bool
	// around are the needs of Go's hooks.
	around     []di.Need
	statusCode int
	// threads and queue are those of pybridge.Program.
	threads int
	queue   *int
	// checked has the answers checked, by the schema in answer or else by the
	// type.
	checked bool
	answer  json.RawMessage
}

// needs are all the needs of a program, in the order in which assembly takes
// them. What a hook needs is a stage of its own: a hook that refuses a request
// keeps the handler's dependencies from being opened.
func (s *programSpec) needs() []di.Need {
	var out []di.Need
	add := func(stage int, needs []di.Need) {
		for _, n := range needs {
			n.Stage = stage
			out = append(out, n)
		}
	}
	before := s.hooks.before()
	for i, r := range before {
		add(i, r.needs)
	}
	last := len(before)
	for _, r := range s.hooks.after() {
		add(last, r.needs)
	}
	if s.handler != nil {
		add(last, s.handler.needs)
	}
	if s.lifespan != nil {
		add(last, s.lifespan.needs)
	}
	add(last, s.outputs)
	add(0, s.around)
	return out
}

// fill writes the constants, once the singletons are there.
func (c *compiled) fill(registry *di.Registry) error {
	var w wire.Writer
	for i := range c.constants {
		k := &c.constants[i]
		if k.over == nil {
			w.Absent()
			continue
		}
		value, ok := registry.Value(k.key)
		if !ok {
			return fmt.Errorf("%s: singleton %s is not there", c.name, k.key.Label())
		}
		if err := k.over.kept(value, &w); err != nil {
			return err
		}
	}
	c.constWire = w.Bytes()
	return nil
}
