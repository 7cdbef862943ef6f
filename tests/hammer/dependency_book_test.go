package hammer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/spikard/spikard-go/spikard/api"
)

// Serial numbers tell what a value is. Those of values registered as they are
// are negative, those of singletons begin at firstSingleton; each other has its
// request's number above the lowest bits.
const (
	serialBits     = 10
	firstSingleton = 1 << 50
	perGraph       = 100
)

func (n *node) id() int              { return n.graph*perGraph + n.number }
func (n *node) static() int64        { return -1 - int64(n.id()) }
func (n *node) singleton() int64     { return firstSingleton + int64(n.id()) }
func (c *campaign) node(i int) *node { return c.graphs[i/perGraph].nodes[i%perGraph] }

// book is the journal of one request. It finds at once what can't be.
type book struct {
	campaign *campaign
	plan     plan
	graph    *graph

	mu      sync.Mutex
	values  []value
	open    []int // the values whose clean-up is due, by index
	failed  how   // why the request fails, before any clean-up
	unclean bool  // a clean-up failed
	handled bool
	ended   bool
}

// value is one that a request made.
type value struct {
	node         *node
	closed, used bool
}

var errPlanned = errors.New("on purpose")

func (c *campaign) newBook(query string) (*book, error) {
	p, err := parsePlan(query)
	if err != nil {
		return nil, err
	}
	c.books.Add(1)
	return &book{campaign: c, plan: p, graph: c.graphs[p.graph]}, nil
}

// keepBook provides the journal.
func (c *campaign) keepBook(x api.Exchange) (*book, func(error) error, error) {
	b, err := c.newBook(x.RawQuery())
	if err != nil {
		return nil, nil, err
	}
	return b, func(failure error) error { b.end(failure != nil); return nil }, nil
}

// fault reports what must not be.
func (b *book) fault(format string, args ...any) {
	b.campaign.fault("request %d of graph %d (%s): %s", b.plan.request, b.plan.graph, b.plan.query(), fmt.Sprintf(format, args...))
}

// Open notes that a node makes its value, and gives the value's serial number,
// or the negated number of what it is to do instead.
func (b *book) Open(id int, needs []int64) (int64, error) {
	serial, how := b.opens(id, needs)
	return orElse(serial, how)
}

// orElse is what a method gives that Python calls: what only Go can do is done.
func orElse(result int64, how how) (int64, error) {
	switch how {
	case asAsked:
		return result, nil
	case fails:
		return 0, errPlanned
	case denies:
		return 0, problem()
	}
	return -int64(how), nil
}

func problem() error { return api.NewProblem(409, "conflict", "on purpose") }

func (b *book) opens(id int, needs []int64) (int64, how) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.campaign.node(id)
	switch {
	case b.ended:
		b.fault("%s is opened after the end", n.name())
	case b.failed != asAsked:
		b.fault("%s is opened after a failure", n.name())
	case b.handled:
		b.fault("%s is opened after the handler", n.name())
	case n.lifetime == perRequest && b.countOf(n) > 0:
		b.fault("%s is opened twice", n.name())
	}
	b.check(n.name(), n.needs, needs)
	if b.plan.open == id {
		b.failed = b.plan.openHow
		return 0, b.failed
	}
	b.values = append(b.values, value{node: n})
	if n.kind.closes() {
		b.open = append(b.open, len(b.values)-1)
	}
	return b.plan.request<<serialBits + int64(len(b.values)-1), asAsked
}

func (b *book) countOf(n *node) int {
	count := 0
	for _, v := range b.values {
		if v.node == n {
			count++
		}
	}
	return count
}

// check compares what somebody got with what it asked for.
func (b *book) check(who string, needs []int, got []int64) {
	if len(got) != len(needs) {
		b.fault("%s got %d values for %d needs", who, len(got), len(needs))
		return
	}
	for i, serial := range got {
		n := b.graph.nodes[needs[i]]
		if n.lifetime == singleton {
			if serial != n.shared() {
				b.fault("%s got %d for the singleton %s", who, serial, n.name())
			}
			continue
		}
		index := serial & (1<<serialBits - 1)
		if serial>>serialBits != b.plan.request || index >= int64(len(b.values)) || b.values[index].node != n {
			b.fault("%s got %d (request %d) for %s", who, serial, serial>>serialBits, n.name())
			continue
		}
		v := &b.values[index]
		if v.closed || v.used && n.lifetime == transient {
			b.fault("%s got a %s that is closed (%t) or another's (%t)", who, n.name(), v.closed, v.used)
		}
		v.used = true
	}
}

// shared is the serial number of a singleton.
func (n *node) shared() int64 {
	if n.kind.isStatic() {
		return n.static()
	}
	return n.singleton()
}

// Close notes a clean-up, and gives what it is to do. failure is what it was
// told, nil for nothing.
func (b *book) Close(serial int64, failure *string) int64 {
	return int64(b.closes(serial, failure != nil, true))
}

// closes is Close for whoever knows whether the request failed, if it was told.
func (b *book) closes(serial int64, failed, told bool) how {
	b.mu.Lock()
	defer b.mu.Unlock()
	index := int(serial & (1<<serialBits - 1))
	if serial>>serialBits != b.plan.request || index >= len(b.values) {
		b.fault("a value of request %d is closed", serial>>serialBits)
		return asAsked
	}
	v := &b.values[index]
	switch {
	case b.ended:
		b.fault("%s is closed after the end", v.node.name())
	case v.closed:
		b.fault("%s is closed twice", v.node.name())
	case b.open[len(b.open)-1] != index:
		b.fault("%s is closed before %s", v.node.name(), b.values[b.open[len(b.open)-1]].node.name())
	}
	v.closed = true
	b.open = slices.DeleteFunc(b.open, func(i int) bool { return i == index })
	if told {
		b.told(v.node.name(), failed)
	}
	if v.node.id() != b.plan.closer {
		return asAsked
	}
	if b.plan.closeHow == raises {
		b.unclean = true
	}
	return b.plan.closeHow
}

// told compares what a clean-up was told with what had happened.
func (b *book) told(who string, failed bool) {
	if want := b.failed != asAsked || b.unclean; failed != want {
		if failed && b.plan.gone {
			b.failed = fails // by the client
			return
		}
		b.fault("the clean-up of %s is told of a failure: %t, there was one: %t", who, failed, want)
	}
}

// Handle notes that the handler runs, and gives what it is to do.
func (b *book) Handle(needs []int64) (int64, error) { return orElse(0, b.handles(needs)) }

func (b *book) handles(needs []int64) how {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.handled || b.ended || b.failed != asAsked {
		b.fault("the handler runs: again %t, after the end %t, after a failure %t", b.handled, b.ended, b.failed != asAsked)
	}
	b.check("the handler", b.graph.needs, needs)
	b.handled = true
	b.failed = b.plan.handler
	return b.failed
}

// Rest suspends who awaits it, for longer where a client is to leave meanwhile.
// That ends no clean-up, so it is no error.
func (b *book) Rest(ctx context.Context) error {
	if !b.plan.gone {
		return nil
	}
	select {
	case <-ctx.Done():
	case <-time.After(time.Millisecond):
	}
	return nil
}

// end is the last clean-up of the request. It knows the answer.
func (b *book) end(failed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		b.fault("it ends twice")
	}
	for _, i := range b.open {
		b.fault("%s is not cleaned up", b.values[i].node.name())
	}
	b.told("the book", failed)
	b.ended = true
	b.complete()
	b.campaign.end(&b.plan, b.status())
}

// status is that of the answer.
func (b *book) status() int {
	switch {
	case b.unclean:
		return 500
	case b.plan.refused:
		return 403
	}
	return b.failed.status()
}

// complete finds what should have been made, and what should have failed.
func (b *book) complete() {
	switch {
	case b.plan.refused:
		b.refused()
		return
	case b.plan.gone && b.unclean && !b.handled:
		return // the failed clean-up hides that the client has left
	case b.failed == asAsked && !b.handled:
		b.fault("the handler did not run, and nothing failed")
	case b.failed == asAsked && (b.plan.open >= 0 || b.plan.handler != asAsked):
		b.fault("what should fail did not")
	case b.failed != asAsked:
		return
	}
	for i, want := range b.graph.counts() {
		n := b.graph.nodes[i]
		if got := b.countOf(n); n.lifetime != singleton && got != want {
			b.fault("%s was made %d times, not %d", n.name(), got, want)
		}
	}
}

// refused finds what a hook's answer should have kept from being made: all but what
// Go makes before it enters Python.
func (b *book) refused() {
	if b.handled {
		b.fault("the handler runs behind a hook that refused")
	}
	for _, v := range b.values {
		if !v.node.kind.isGo() {
			b.fault("%s is made behind a hook that refused", v.node.name())
		}
	}
}
