package middleware

import (
	"context"
	"hash/maphash"
	"sync"
	"time"
)

// rateMemoryKeys is how many keys a RateMemory holds where nothing else is said.
const rateMemoryKeys = 1 << 16

// rateShardKeys bounds a shard, and with it the search for a key to forget.
const rateShardKeys = 512

// RateMemory is a [RateStore] within one process. It runs the generic cell rate
// algorithm (ITU-T I.371): each key has the time at which all its requests so
// far would have arrived, had they come evenly, and a request passes unless that
// lies further ahead than the burst reaches. So a burst passes at once and then
// one request each interval, exactly, to the nanosecond; there are no windows at
// whose seams twice as many would pass.
//
// # Concurrency
//
// The table is split into shards with a lock each, under which a few
// instructions run. There is no goroutine.
//
// # Memory
//
// Keys are kept as their 64-bit hash under a random seed: a key costs about 55
// bytes however long it is, and who chooses keys can't make two of them meet. A
// key whose time is past is as good as absent and is replaced first. When all of
// a full shard count, the key is forgotten that would have been past first, which
// gives it back the requests it owed. That is the one that owes least: a key that
// is being held back outlives a flood of keys that come once each.
type RateMemory struct {
	limit    int
	interval time.Duration
	burst    time.Duration // what limit intervals take
	seed     maphash.Seed
	mask     uint64
	shards   []rateShard
	clock    func() time.Duration // since any moment, never back
}

// rateShard is a part of the table: the entries, and where each hash is in them.
type rateShard struct {
	mu      sync.Mutex
	size    int
	places  map[uint64]int32
	entries []rateEntry
	hand    int // where the last search for a key to forget ended
}

type rateEntry struct {
	hash    uint64
	arrival time.Duration // the theoretical arrival time of the next request
}

// NewRateMemory makes a store that holds at most maxKeys keys; 0 means 65,536.
// The interval between requests, 1/PerSecond, is rounded to nanoseconds.
//
// # Errors
//
// It panics on a rate that [Rate.Validate] refuses.
func NewRateMemory(rate Rate, maxKeys int) *RateMemory {
	if err := rate.Validate(); err != nil {
		panic("middleware: " + err.Error())
	}
	if maxKeys <= 0 {
		maxKeys = rateMemoryKeys
	}
	shards := 1
	for maxKeys/shards > rateShardKeys {
		shards *= 2
	}
	start := time.Now()
	m := &RateMemory{
		limit:    rate.Burst,
		interval: rate.interval(),
		burst:    rate.interval() * time.Duration(rate.Burst),
		seed:     maphash.MakeSeed(),
		mask:     uint64(shards - 1),
		shards:   make([]rateShard, shards),
		clock:    func() time.Duration { return time.Since(start) },
	}
	for i := range m.shards {
		m.shards[i].size = maxKeys / shards
		m.shards[i].places = map[uint64]int32{}
	}
	return m
}

// Take counts one request of a key, if it may pass. There are no errors.
func (m *RateMemory) Take(_ context.Context, key string) (RateDecision, error) {
	hash := maphash.String(m.seed, key)
	now := m.clock()
	shard := &m.shards[hash&m.mask]
	shard.mu.Lock()
	decision := m.decide(shard.entry(hash, now), now)
	shard.mu.Unlock()
	return decision, nil
}

// Close has nothing to do.
func (m *RateMemory) Close() error { return nil }

func (m *RateMemory) decide(entry *rateEntry, now time.Duration) RateDecision {
	owed := max(entry.arrival-now, 0)
	if wait := owed + m.interval - m.burst; wait > 0 {
		return RateDecision{Limit: m.limit, RetryAfter: wait, ResetAfter: owed}
	}
	owed += m.interval
	entry.arrival = now + owed
	return RateDecision{
		Allowed:    true,
		Limit:      m.limit,
		Remaining:  int((m.burst - owed) / m.interval),
		ResetAfter: owed,
	}
}

// entry gives the entry of a hash, a new one if need be. It is valid under the
// lock.
func (s *rateShard) entry(hash uint64, now time.Duration) *rateEntry {
	if place, ok := s.places[hash]; ok {
		return &s.entries[place]
	}
	place := len(s.entries)
	if place < s.size {
		s.entries = append(s.entries, rateEntry{})
	} else {
		place = s.forgettable(now)
		delete(s.places, s.entries[place].hash)
	}
	s.entries[place] = rateEntry{hash: hash}
	s.places[hash] = int32(place)
	return &s.entries[place]
}

// forgettable finds an entry whose time is past, or the one whose time is first.
// The search goes on where the last one ended, so that while many are past, few
// are looked at.
func (s *rateShard) forgettable(now time.Duration) int {
	first, place := s.hand, s.hand
	for range s.entries {
		arrival := s.entries[place].arrival
		if arrival < s.entries[first].arrival {
			first = place
		}
		if place++; place == len(s.entries) {
			place = 0
		}
		if arrival <= now {
			break // so it is the first, too: none before was past
		}
	}
	s.hand = place
	return first
}
