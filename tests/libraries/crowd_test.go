//go:build cgo && (linux || darwin) && (amd64 || arm64)

package libraries

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
)

// Pools have poolSize connections; crowdSize requests come at once.
const (
	poolSize  = 5
	crowdSize = 200
	leavers   = 20
)

// echoed is what each app's /echo/{n} gives.
type echoed struct {
	N, Who  int
	Process int // of PostgreSQL
}

// crowd sends crowdSize requests at once. Each has to get its own number from
// the library, and to have kept its own context variable meanwhile.
func (s *server) crowd(number func(n int) int) []echoed {
	s.t.Helper()
	out := make([]echoed, crowdSize)
	var all sync.WaitGroup
	var first sync.Once // one tells enough
	for i := range out {
		all.Go(func() {
			code, text, err := s.send(s.t.Context(), http.MethodGet, fmt.Sprintf("/echo/%d", i), "")
			if err == nil {
				err = json.Unmarshal([]byte(text), &out[i])
			}
			if err != nil || code != http.StatusOK || out[i].N != number(i) || out[i].Who != i {
				first.Do(func() { s.t.Errorf("/echo/%d: %d %s, %v", i, code, text, err) })
			}
		})
	}
	all.Wait()
	return out
}

func same(n int) int { return n }

// leave has clients ask for what doesn't end, and leave when they are all inside
// of it and ready says so. It returns when the handlers have been cancelled.
func (s *server) leave(path string, clients int, ready func() bool) {
	s.t.Helper()
	type count struct{ Inside, Cancelled int }
	before := read[count](s, "/inside")
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			if code, text, err := s.send(ctx, http.MethodGet, path, ""); err == nil {
				s.t.Errorf("%s was answered: %d %s", path, code, text)
			}
		})
	}
	s.eventually("the handlers are inside", func() bool {
		return read[count](s, "/inside").Inside == before.Inside+clients && ready()
	})
	cancel()
	all.Wait()
	s.eventually("the handlers are cancelled", func() bool {
		return read[count](s, "/inside") == count{before.Inside, before.Cancelled + clients}
	})
}

func always() bool { return true }
