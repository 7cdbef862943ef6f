package spikard

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// inFlight has the requests that are at their handlers, for /debug/spikard.
//
// # Concurrency
//
// All methods may be called from any goroutine.
type inFlight struct {
	mu       sync.Mutex
	requests map[*exchange]requestInFlight
}

// requestInFlight is one request.
type requestInFlight struct {
	ID     string        `json:"id,omitempty"`
	Method string        `json:"method"`
	Path   string        `json:"path"`
	Age    time.Duration `json:"age_ns"`

	begun time.Time
}

func (f *inFlight) begin(x *exchange) {
	r := requestInFlight{ID: x.RequestID(), Method: x.Method(), Path: x.path, begun: time.Now()}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.requests == nil {
		f.requests = map[*exchange]requestInFlight{}
	}
	f.requests[x] = r
}

func (f *inFlight) end(x *exchange) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.requests, x)
}

// list gives all but one, the oldest first.
func (f *inFlight) list(but *exchange) []requestInFlight {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]requestInFlight, 0, len(f.requests))
	now := time.Now()
	for x, r := range f.requests {
		if x != but {
			r.Age = now.Sub(r.begun)
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b requestInFlight) int {
		if order := a.begun.Compare(b.begun); order != 0 {
			return order
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}
