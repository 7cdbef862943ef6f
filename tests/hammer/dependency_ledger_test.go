package hammer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

// ledger is the journal of the singletons.
type ledger struct {
	campaign *campaign

	mu     sync.Mutex
	opened map[int]bool
	open   []int // the nodes whose clean-up is due, by id
	tries  map[int]int
}

func newLedger(c *campaign) *ledger {
	return &ledger{campaign: c, opened: map[int]bool{}, tries: map[int]int{}}
}

// lazyFailures is how often a lazy singleton fails before it is made, unless the
// start needs it.
const lazyFailures = 2

// Open notes that a singleton is made, and gives its serial number.
func (l *ledger) Open(id int, needs []int64) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.campaign.node(id)
	if l.opened[id] {
		l.campaign.fault("singleton %s is made twice", n.name())
	}
	g := l.campaign.graphs[n.graph]
	for i, serial := range needs {
		if want := g.nodes[n.needs[i]].shared(); serial != want {
			l.campaign.fault("singleton %s got %d, not %d", n.name(), serial, want)
		}
	}
	if l.tries[id]++; n.onDemand() && l.tries[id] <= lazyFailures {
		return 0, errPlanned
	}
	l.opened[id] = true
	if n.kind.closes() {
		l.open = append(l.open, id)
	}
	return n.singleton(), nil
}

// Close notes that a singleton is cleaned up.
func (l *ledger) Close(serial int64, failure *string) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.campaign.node(int(serial - firstSingleton))
	if failure != nil {
		l.campaign.fault("singleton %s is told of %s", n.name(), *failure)
	}
	i := slices.Index(l.open, n.id())
	if i < 0 {
		l.campaign.fault("singleton %s is closed, and was not open", n.name())
		return 0
	}
	for _, later := range l.open[i+1:] {
		if m := l.campaign.node(later); m.outlives(n) {
			l.campaign.fault("singleton %s is closed before %s", n.name(), m.name())
		}
	}
	l.open = slices.Delete(l.open, i, i+1)
	return 0
}

// outlives tells whether the clean-up of another singleton, which was made before,
// must come after this one's. Lazy singletons may be made at the same time:
// then only their needs tell.
func (n *node) outlives(earlier *node) bool {
	if n.onDemand() && earlier.onDemand() {
		return n.graph == earlier.graph && slices.Contains(n.needs, earlier.number)
	}
	return true
}

// onDemand tells whether a singleton is made by the first request that needs it.
func (n *node) onDemand() bool { return n.lazy && !n.early }

// Rest suspends who awaits it. No client's leaving ends what singletons do.
func (l *ledger) Rest(ctx context.Context) error { return ctx.Err() }

// unfinished tells whether a graph has lazy singletons that may fail yet.
func (l *ledger) unfinished(g *graph) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range g.nodes {
		if n.lazy && !l.opened[n.id()] {
			return true
		}
	}
	return false
}

// Replay checks the journal of a request that Python kept. failed says what the
// last clean-up was told.
func (l *ledger) Replay(query string, events [][]json.RawMessage, failed bool) error {
	b, err := l.campaign.newBook(query)
	if err != nil {
		return err
	}
	for _, event := range events {
		if err := b.replay(event); err != nil {
			b.fault("%s: %v", event, err)
		}
	}
	b.end(failed)
	return nil
}

func (b *book) replay(event []json.RawMessage) error {
	var what string
	if err := json.Unmarshal(event[0], &what); err != nil {
		return err
	}
	switch what {
	case "open":
		var id int
		var needs []int64
		var serial int64
		if err := readAll(event[1:], &id, &needs, &serial); err != nil {
			return err
		}
		if made, how := b.opens(id, needs); made != max(serial, 0) || how != asAsked != (serial < 0) {
			return fmt.Errorf("Python has %d, Go %d and %d", serial, made, how)
		}
	case "close":
		var serial int64
		var failure *string
		if err := readAll(event[1:], &serial, &failure); err != nil {
			return err
		}
		b.closes(serial, failure != nil, true)
	default:
		var needs []int64
		if err := readAll(event[1:], &needs); err != nil {
			return err
		}
		b.handles(needs)
	}
	return nil
}

func readAll(texts []json.RawMessage, into ...any) error {
	for i, to := range into {
		if err := json.Unmarshal(texts[i], to); err != nil {
			return err
		}
	}
	return nil
}
