package abuse

import (
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// clients is how many hostile clients there are at once.
const clients = 64

// crowd has all clients send inputs at random, while a good one goes on being
// answered.
func crowd(t *testing.T, address string) {
	t.Helper()
	var inputs []hostile
	for _, class := range [][]hostile{
		hostileJSON(), hostileNumbers(), hostileSchemas(), hostileText(), hostileForms(), hostileMultipart(),
		hostileMediaTypes(), hostileFraming(), hostileSizes(), hostileHeaders(),
	} {
		inputs = append(inputs, class...)
	}
	before := usageOf(t, address)
	var hostileAnswers, goodAnswers atomic.Int64
	var longest atomic.Int64
	var group sync.WaitGroup
	end := time.Now().Add(*duration)
	for range clients {
		group.Go(func() {
			for time.Now().Before(end) && !t.Failed() {
				h := inputs[rand.IntN(len(inputs))]
				got, err := send(address, h.m)
				if err != nil || !slices.Contains(h.status, got.status) {
					t.Errorf("%s: %v %v, want %v", h.name, err, got, h.status)
					return
				}
				hostileAnswers.Add(1)
			}
		})
	}
	group.Go(func() {
		for time.Now().Before(end) && !t.Failed() {
			asked := time.Now()
			got, err := send(address, get("/well"))
			if err != nil || got.status != 200 {
				t.Errorf("the good client: %v %v", err, got)
				return
			}
			longest.Store(max(longest.Load(), int64(time.Since(asked))))
			goodAnswers.Add(1)
		}
	})
	group.Wait()
	if goodAnswers.Load() == 0 {
		t.Error("the good client got no answer")
	}
	t.Logf("%d hostile requests refused, %d good ones answered, the slowest in %s",
		hostileAnswers.Load(), goodAnswers.Load(), time.Duration(longest.Load()))
	if after := usageOf(t, address); before.Memory != nil && after.Memory != nil {
		t.Logf("memory %.1f MiB before, %.1f MiB after, %.1f MiB at most",
			*before.Memory/(1<<20), *after.Memory/(1<<20), *after.Peak/(1<<20))
	}
	wellAfter(t, address)
}
