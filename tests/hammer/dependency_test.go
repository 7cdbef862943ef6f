package hammer

import (
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/goleak"

	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

var (
	requestCount = flag.Int64("requests", 3000, "how many requests the dependency hammer makes; 0: as many as fit -duration")
	seed         = flag.Uint64("seed", 0, "of the random graphs and failures; 0: a random one")
	showLog      = flag.Bool("log", false, "show what the server of the dependency hammer logs")
)

//go:embed dependencies.py
var prelude []byte

// graphCount is how many routes the server has, each with providers of its own.
const graphCount = 40

// pause is what a slow clean-up takes.
func pause() { time.Sleep(2 * time.Millisecond) }

// campaign is a server with random graphs, and what is known of its requests.
type campaign struct {
	t      *testing.T
	hooked bool // whether the app has hooks
	graphs []*graph
	ledger *ledger

	address string
	client  *http.Client
	sent    atomic.Int64 // requests
	books   atomic.Int64 // journals that were begun
	ended   atomic.Int64 // and ended
	faults  atomic.Int64
	results [64]results
	answers [600]atomic.Int64 // by status; 0 has those that no client waited for
}

// results are the answers that ended requests must have, by request.
type results struct {
	sync.Mutex
	statuses map[int64]int
}

func TestDependencies(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("-seed %d", *seed)
	for _, hooked := range []bool{false, true} {
		t.Run(fmt.Sprintf("Hooks=%t", hooked), func(t *testing.T) { newCampaign(t, hooked).wage(*requestCount / 2) })
	}
}

// wage makes so many requests and finds what they leave behind, and what they
// left open when the server has stopped.
func (c *campaign) wage(requests int64) {
	stop := c.serve()
	c.run(200 + requests/10)
	before := c.rest()
	c.run(requests)
	c.rest().compare(c.t, before)
	c.client.CloseIdleConnections()
	stop()
	c.checkEnd()
	goleak.VerifyNone(c.t)
}

func newCampaign(t *testing.T, hooked bool) *campaign {
	c := &campaign{t: t, hooked: hooked}
	c.ledger = newLedger(c)
	r := rand.New(rand.NewPCG(*seed, 0))
	for i := range graphCount {
		c.graphs = append(c.graphs, newGraph(r, i))
	}
	for i := range c.results {
		c.results[i].statuses = map[int64]int{}
	}
	c.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: *clients}, Timeout: time.Minute}
	return c
}

// serve starts the server in this process; the function that it gives stops it.
func (c *campaign) serve() (stop func()) {
	var server *spikard.Server
	log := io.Discard
	if *showLog {
		log = os.Stderr
	}
	files := fstest.MapFS{
		"app.py":          {Data: []byte(source(c.graphs, c.hooked))},
		"dependencies.py": {Data: prelude},
	}
	app := fx.New(
		fx.NopLogger, spikard.Module, chosen.Module, spikard.PythonFS(files, "app:app"), fx.Options(c.options()...),
		spikard.WithConfig(spikard.Config{Addr: "127.0.0.1:0", Logger: slog.New(slog.NewTextHandler(log, nil))}),
		fx.Populate(&server), fx.StartTimeout(time.Minute), fx.StopTimeout(time.Minute),
	)
	if err := app.Start(context.Background()); err != nil {
		c.t.Fatal(err)
	}
	c.address = "http://" + server.Addr()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), app.StopTimeout())
		defer cancel()
		if err := app.Stop(ctx); err != nil {
			c.t.Error("stop:", err)
		}
	}
}

// shownFaults keeps a report readable: one fault begets others.
const shownFaults = 20

// fault reports what must not be. It may be called from any goroutine.
func (c *campaign) fault(format string, args ...any) {
	if c.faults.Add(1) <= shownFaults {
		c.t.Errorf(format, args...)
	}
}

// run has the clients make so many requests; for 0, as many as they can in the
// duration.
func (c *campaign) run(requests int64) {
	begin, last, end := time.Now(), c.sent.Load()+requests, time.Now().Add(*duration)
	var group sync.WaitGroup
	for i := range *clients {
		group.Go(func() {
			r := rand.New(rand.NewPCG(*seed, uint64(last)<<16|uint64(i)))
			for c.faults.Load() < shownFaults {
				number := c.sent.Add(1)
				if requests > 0 && number > last || requests == 0 && time.Now().After(end) {
					return
				}
				if number%100 == 0 {
					c.scope()
				} else {
					c.request(r, number)
				}
			}
		})
	}
	group.Wait()
	c.t.Logf("%s, answers so far by status:%s", time.Since(begin).Round(time.Millisecond), c.statuses())
}

// statuses tells how often each status was seen; 0 is that of no answer.
func (c *campaign) statuses() string {
	var b strings.Builder
	for status := range c.answers {
		if n := c.answers[status].Load(); n > 0 {
			fmt.Fprintf(&b, " %d: %d", status, n)
		}
	}
	return b.String()
}

// request makes one and compares the answer with what the journal says.
func (c *campaign) request(r *rand.Rand, number int64) {
	g := c.graphs[r.IntN(len(c.graphs))]
	p := newPlan(r, number, g, c.hooked)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if p.gone {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(r.IntN(2000)<<r.IntN(6))*time.Microsecond)
		defer cancel()
	}
	lazy := c.ledger.unfinished(g)
	status, text, err := c.get(ctx, g.path()+"?"+p.query())
	c.answers[status].Add(1)
	if p.gone {
		return
	}
	if err != nil {
		c.fault("request %s of graph %d: %v", p.query(), g.number, err)
		return
	}
	want, ended := c.result(number)
	switch {
	case !ended && lazy && status == http.StatusInternalServerError: // that of a lazy singleton that failed
	case !ended && g.pure && p.refused && status == http.StatusForbidden: // before the journal was begun
	case !ended:
		c.fault("request %s of graph %d: answered with %d before its clean-up: %s", p.query(), g.number, status, text)
	case status != want:
		c.fault("request %s of graph %d: status %d, not %d: %s", p.query(), g.number, status, want, text)
	case status == http.StatusOK:
		c.checkAnswer(&p, g, text)
	}
}

// scope compares what a scope beside the request's own gives.
func (c *campaign) scope() {
	status, text, err := c.get(context.Background(), "/scope")
	var got, want []int64
	for _, n := range scoped(c.graphs) {
		want = append(want, n.shared())
	}
	if err == nil {
		err = json.Unmarshal(text, &got)
	}
	c.answers[status].Add(1)
	if err != nil || status != 200 || !slices.Equal(got, want) {
		c.fault("scope: %d %s, not %v (%v)", status, text, want, err)
	}
}

func (c *campaign) checkAnswer(p *plan, g *graph, text []byte) {
	var got answer
	if err := json.Unmarshal(text, &got); err != nil || got != (answer{R: p.request, N: len(g.needs)}) {
		c.fault("request %s of graph %d: the answer is %s (%v)", p.query(), g.number, text, err)
	}
}

func (c *campaign) get(ctx context.Context, path string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", c.address+path, nil)
	if err != nil {
		return 0, nil, err
	}
	res, err := c.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, text, err
}

// end notes that a request's clean-up is over.
func (c *campaign) end(p *plan, status int) {
	c.ended.Add(1)
	if p.gone {
		return // nobody asks
	}
	r := &c.results[p.request%int64(len(c.results))]
	r.Lock()
	defer r.Unlock()
	r.statuses[p.request] = status
}

// result is the status that an ended request must have. It is forgotten.
func (c *campaign) result(request int64) (status int, ended bool) {
	r := &c.results[request%int64(len(c.results))]
	r.Lock()
	defer r.Unlock()
	status, ended = r.statuses[request]
	delete(r.statuses, request)
	return status, ended
}

// checkEnd finds what is still open when the server has stopped.
func (c *campaign) checkEnd() {
	if begun, ended := c.books.Load(), c.ended.Load(); begun != ended {
		c.fault("%d requests were begun, %d ended", begun, ended)
	}
	for _, id := range c.ledger.open {
		c.fault("singleton %s is not closed", c.node(id).name())
	}
	for _, g := range c.graphs {
		for _, n := range g.nodes {
			if n.lifetime == singleton && !n.lazy && !n.kind.isStatic() && !c.ledger.opened[n.id()] {
				c.fault("singleton %s was not made", n.name())
			}
		}
	}
}
