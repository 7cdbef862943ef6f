package middleware

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// rateClock is a time that a test sets.
type rateClock struct{ now atomic.Int64 }

func (c *rateClock) add(d time.Duration) { c.now.Add(int64(d)) }

// newClockedRate makes a store that goes by the test's clock.
func newClockedRate(rate Rate, maxKeys int) (*RateMemory, *rateClock) {
	m, clock := NewRateMemory(rate, maxKeys), &rateClock{}
	m.clock = func() time.Duration { return time.Duration(clock.now.Load()) }
	return m, clock
}

func takeRate(t testing.TB, m RateStore, key string) RateDecision {
	t.Helper()
	decision, err := m.Take(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	return decision
}

func TestRateMemoryBurstThenRate(t *testing.T) {
	t.Parallel()
	const s, ms = time.Second, time.Millisecond
	m, clock := newClockedRate(Rate{PerSecond: 2, Burst: 3}, 0)
	for i, step := range []struct {
		wait time.Duration
		want RateDecision
	}{
		{0, RateDecision{Allowed: true, Limit: 3, Remaining: 2, ResetAfter: 500 * ms}},
		{0, RateDecision{Allowed: true, Limit: 3, Remaining: 1, ResetAfter: 1 * s}},
		{0, RateDecision{Allowed: true, Limit: 3, Remaining: 0, ResetAfter: 1500 * ms}},
		{0, RateDecision{Limit: 3, RetryAfter: 500 * ms, ResetAfter: 1500 * ms}},
		{0, RateDecision{Limit: 3, RetryAfter: 500 * ms, ResetAfter: 1500 * ms}}, // a refusal costs nothing
		{500*ms - 1, RateDecision{Limit: 3, RetryAfter: 1, ResetAfter: 1*s + 1}},
		{1, RateDecision{Allowed: true, Limit: 3, Remaining: 0, ResetAfter: 1500 * ms}},
		{0, RateDecision{Limit: 3, RetryAfter: 500 * ms, ResetAfter: 1500 * ms}},
		{1499 * ms, RateDecision{Allowed: true, Limit: 3, Remaining: 1, ResetAfter: 501 * ms}},
		{1000 * s, RateDecision{Allowed: true, Limit: 3, Remaining: 2, ResetAfter: 500 * ms}}, // no more than a burst is saved up
	} {
		clock.add(step.wait)
		if got := takeRate(t, m, "k"); got != step.want {
			t.Errorf("step %d: %+v, want %+v", i, got, step.want)
		}
	}
	if got := takeRate(t, m, "another"); got.Remaining != 2 {
		t.Errorf("another key: %+v", got)
	}
}

// TestRateMemoryBounded fills small and large tables with far more keys than
// they hold.
func TestRateMemoryBounded(t *testing.T) {
	t.Parallel()
	for _, maxKeys := range []int{1, 2, 1000, 1025, 5000} {
		t.Run(strconv.Itoa(maxKeys), func(t *testing.T) {
			t.Parallel()
			m, clock := newClockedRate(Rate{PerSecond: 1, Burst: 5}, maxKeys)
			for i := range 10 * maxKeys {
				takeRate(t, m, strconv.Itoa(i))
				clock.add(time.Duration(i % 3)) // some are past in the end, most are not
			}
			held := 0
			for i := range m.shards {
				s := &m.shards[i]
				held += len(s.entries)
				if len(s.places) != len(s.entries) || cap(s.entries) > 2*rateShardKeys {
					t.Errorf("shard %d: %d places of %d entries, room for %d", i, len(s.places), len(s.entries), cap(s.entries))
				}
				for hash, place := range s.places {
					if s.entries[place].hash != hash {
						t.Errorf("shard %d: an entry is lost", i)
					}
				}
			}
			if held > maxKeys || held < maxKeys/2 {
				t.Errorf("%d keys are held", held)
			}
		})
	}
}

// TestRateMemoryFlood has a key at its limit outlive as many keys as an attacker
// can have, and the keys of the flood replace each other.
func TestRateMemoryFlood(t *testing.T) {
	t.Parallel()
	for _, maxKeys := range []int{2, 100, 1100} {
		m, clock := newClockedRate(Rate{PerSecond: 1, Burst: 10}, maxKeys)
		for range 10 {
			takeRate(t, m, "held back")
		}
		for i := range 20 * maxKeys {
			if !takeRate(t, m, strconv.Itoa(i)).Allowed {
				t.Fatalf("of %d keys, a new one is refused", maxKeys)
			}
			if takeRate(t, m, "held back").Allowed {
				t.Fatalf("of %d keys, %d others let one go", maxKeys, i)
			}
			clock.add(1)
		}
	}
}

func TestRateMemoryForgetsThePastFirst(t *testing.T) {
	t.Parallel()
	m, clock := newClockedRate(Rate{PerSecond: 1, Burst: 3}, 3)
	takeRate(t, m, "past")
	clock.add(500 * time.Millisecond)
	takeRate(t, m, "late")
	takeRate(t, m, "late")
	takeRate(t, m, "early")
	clock.add(600 * time.Millisecond)
	takeRate(t, m, "new") // in the place of "past"
	if got := takeRate(t, m, "late"); got.Remaining != 0 {
		t.Errorf("late was forgotten: %+v", got)
	}
	takeRate(t, m, "newer") // none is past: in the place of "early"
	if got := takeRate(t, m, "new"); got.Remaining != 1 {
		t.Errorf("new was forgotten: %+v", got)
	}
	if got := takeRate(t, m, "early"); got.Remaining != 2 {
		t.Errorf("early was not forgotten: %+v", got)
	}
}

// TestRateMemoryHammer counts what passes: exactly the burst of each key, and
// exactly what each step of the clock adds, however many take at once.
func TestRateMemoryHammer(t *testing.T) {
	t.Parallel()
	const keys, burst, takers = 50, 20, 8
	m, clock := newClockedRate(Rate{PerSecond: 1000, Burst: burst}, 0)
	names := make([]string, keys)
	for i := range names {
		names[i] = "key " + strconv.Itoa(i)
	}
	storm := func() (passed int64) {
		var n atomic.Int64
		var group sync.WaitGroup
		for taker := range takers {
			group.Go(func() {
				for i := range 2 * keys * burst {
					if takeRate(t, m, names[(i+taker)%keys]).Allowed {
						n.Add(1)
					}
				}
			})
		}
		group.Wait()
		return n.Load()
	}
	for _, step := range []struct{ wait, each int64 }{{0, burst}, {0, 0}, {7, 7}, {1, 1}, {1_000_000, burst}} {
		clock.add(time.Duration(step.wait) * time.Millisecond)
		if passed := storm(); passed != step.each*keys {
			t.Errorf("%d passed %d ms later, want %d", passed, step.wait, step.each*keys)
		}
	}
}

// TestRateMemoryHammerFull has many take from a table that is much too small:
// for the race detector, and for what must hold of it afterwards.
func TestRateMemoryHammerFull(t *testing.T) {
	t.Parallel()
	m, clock := newClockedRate(Rate{PerSecond: 1, Burst: 2}, 64)
	var group sync.WaitGroup
	for taker := range 8 {
		group.Go(func() {
			for i := range 5000 {
				takeRate(t, m, strconv.Itoa((i*7+taker)%500))
				clock.add(time.Millisecond)
			}
		})
	}
	group.Wait()
	if s := &m.shards[0]; len(s.entries) != 64 || len(s.places) != 64 {
		t.Errorf("%d entries, %d places", len(s.entries), len(s.places))
	}
}

func TestRateMemoryAllocs(t *testing.T) {
	m := NewRateMemory(Rate{PerSecond: 1e6, Burst: 1e6}, 0)
	takeRate(t, m, "known")
	if n := testing.AllocsPerRun(100, func() { takeRate(t, m, "known") }); n != 0 {
		t.Errorf("%v allocations for a known key", n)
	}
}

// tokenBucket is the same limit told the other way round: a bucket that fills.
// Its tokens are nanoseconds, of which a request takes an interval.
type tokenBucket struct{ interval, size, level int64 }

func (b *tokenBucket) take(wait int64) RateDecision {
	b.level = min(b.level+wait, b.size)
	d := RateDecision{Limit: int(b.size / b.interval), Allowed: b.level >= b.interval}
	if d.Allowed {
		b.level -= b.interval
	} else {
		d.RetryAfter = time.Duration(b.interval - b.level)
	}
	d.Remaining = int(b.level / b.interval)
	d.ResetAfter = time.Duration(b.size - b.level)
	return d
}

// FuzzRateMemory compares the store with buckets of tokens over any sequence of
// waits: each byte is one request, of one of two keys, after a wait.
func FuzzRateMemory(f *testing.F) {
	f.Add(uint32(1_000_000), uint16(3), []byte{0, 0, 0, 0, 120, 30, 255, 254, 1, 3})
	f.Add(uint32(1), uint16(1), []byte("waits of any kind"))
	f.Add(uint32(333_333_333), uint16(300), []byte{8, 16, 32, 64, 128, 200})
	f.Fuzz(func(t *testing.T, micros uint32, burst uint16, steps []byte) {
		steps = steps[:min(len(steps), 1000)] // all waits together fit an int64
		rate := Rate{PerSecond: 1e6 / float64(max(micros, 1)), Burst: max(int(burst%1000), 1)}
		interval := int64(max(micros, 1)) * 1000
		m, clock := newClockedRate(rate, 0)
		full := interval * int64(rate.Burst)
		buckets := map[string]*tokenBucket{"even": {interval, full, full}, "odd": {interval, full, full}}
		waited := map[string]int64{}
		for i, step := range steps {
			key := []string{"even", "odd"}[step%2]
			wait := interval * int64(step/2) / 32 // up to four intervals, seldom whole ones
			if step > 250 {
				wait = full
			}
			clock.add(time.Duration(wait))
			waited["even"] += wait
			waited["odd"] += wait
			want := buckets[key].take(waited[key])
			waited[key] = 0
			if got := takeRate(t, m, key); got != want {
				t.Fatalf("%+v, request %d, %q: %+v, want %+v", rate, i, key, got, want)
			}
		}
	})
}

// TestRateMemoryKeySize measures what RateMemory's documentation says of its
// memory.
func TestRateMemoryKeySize(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	m := NewRateMemory(Rate{PerSecond: 0.001, Burst: 2}, 0)
	for i := range 2 * rateMemoryKeys {
		takeRate(t, m, fmt.Sprintf("a rather long key, of which only its hash is kept: %100d", i))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	size := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / rateMemoryKeys
	t.Logf("%d bytes a key", size)
	if size > 100 {
		t.Errorf("%d bytes a key", size)
	}
	runtime.KeepAlive(m)
}

func BenchmarkRateMemory(b *testing.B) {
	keys := make([]string, 10_000)
	for i := range keys {
		keys[i] = fmt.Sprintf("2001:db8:0:%x::/64", i)
	}
	ctx := context.Background()
	b.Run("one key", func(b *testing.B) {
		m := NewRateMemory(Rate{PerSecond: 1e6, Burst: 1000}, 0)
		b.ReportAllocs()
		for b.Loop() {
			m.Take(ctx, keys[0])
		}
	})
	b.Run("many keys, parallel", func(b *testing.B) {
		m := NewRateMemory(Rate{PerSecond: 10, Burst: 20}, 0)
		var at atomic.Int64
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			i := int(at.Add(4999))
			for pb.Next() {
				i++
				m.Take(ctx, keys[i%len(keys)])
			}
		})
	})
	b.Run("new keys, full", func(b *testing.B) {
		m := NewRateMemory(Rate{PerSecond: 0.01, Burst: 20}, 4096)
		for i := range keys {
			m.Take(ctx, keys[i])
		}
		i := 0
		b.ReportAllocs()
		for b.Loop() {
			i++
			m.Take(ctx, keys[i%len(keys)])
		}
	})
}
