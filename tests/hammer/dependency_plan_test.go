package hammer

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
)

// how is what a provider, a clean-up or a handler does by plan.
type how int

const (
	asAsked how = iota
	raises      // an exception
	refuses     // HTTPException, 418
	leaves      // SystemExit
	fails       // a Go error
	denies      // a problem from Go, 409
	panics
	slow // a clean-up that takes its time
)

// status is what the request is answered with then.
func (h how) status() int {
	switch h {
	case asAsked:
		return 200
	case refuses:
		return 418
	case denies:
		return 409
	}
	return 500
}

// plan is what is to go wrong in a request.
type plan struct {
	request, graph int64
	open           int // the id of the node that fails, or -1
	openHow        how
	handler        how
	closer         int // the id of the node whose clean-up does closeHow, or -1
	closeHow       how
	// gone says that the client may leave before the answer.
	gone bool
	// refused says that a hook answers with 403.
	refused bool
}

func (p *plan) query() string {
	return fmt.Sprintf("r=%d&g=%d&o=%d&oh=%d&h=%d&c=%d&ch=%d&x=%d&k=%d", p.request, p.graph,
		p.open, p.openHow, p.handler, p.closer, p.closeHow, asNumber(p.gone), asNumber(p.refused))
}

func asNumber(b bool) int {
	if b {
		return 1
	}
	return 0
}

func parsePlan(query string) (plan, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return plan{}, err
	}
	number := func(name string) int64 {
		n, e := strconv.ParseInt(values.Get(name), 10, 64)
		if e != nil {
			err = e
		}
		return n
	}
	return plan{
		request: number("r"), graph: number("g"), open: int(number("o")), openHow: how(number("oh")),
		handler: how(number("h")), closer: int(number("c")), closeHow: how(number("ch")), gone: number("x") == 1, refused: number("k") == 1,
	}, err
}

// newPlan draws what goes wrong: nothing in half of all requests.
func newPlan(r *rand.Rand, request int64, g *graph, hooked bool) plan {
	p := plan{request: request, graph: int64(g.number), open: -1, closer: -1}
	if hooked && g.handler != goHandler && r.IntN(20) == 0 {
		p.refused = true
		return p
	}
	if r.IntN(2) == 0 {
		return p
	}
	n := g.nodes[r.IntN(len(g.nodes))]
	switch r.IntN(4) {
	case 0:
		if n.lifetime != singleton {
			p.open, p.openHow = n.id(), ways(r, g, n.kind.isGo())
		}
	case 1:
		p.handler = ways(r, g, g.handler == goHandler)
	}
	if n := g.nodes[r.IntN(len(g.nodes))]; n.kind.closes() && n.lifetime != singleton && r.IntN(2) == 0 {
		p.closer, p.closeHow = n.id(), [...]how{raises, slow}[r.IntN(2)]
	}
	p.gone = r.IntN(10) == 0
	return p
}

// ways draws how a provider or a handler fails.
func ways(r *rand.Rand, g *graph, inGo bool) how {
	if inGo {
		return fails + how(r.IntN(3))
	}
	all := []how{raises, refuses, leaves, fails, denies}
	if g.pure { // Go has no say there
		all = all[:3]
	}
	return all[r.IntN(len(all))]
}
