package spikard

import (
	"math/rand/v2"
	"time"
)

// rhythm tells when a job runs next: at intervals, counted from its start, and
// after failures sooner or later than that.
type rhythm struct {
	every    time.Duration
	tick     time.Time // of the rhythm, that the next run is for
	due      time.Time // when the next run is
	failures int       // in a row
	random   func() float64
}

// The delay of the first try after a failure, and the longest one, unless the
// job's own interval is shorter, or longer.
const (
	firstRetry = time.Second
	lastRetry  = time.Minute
)

func newRhythm(every time.Duration, immediately bool, now time.Time) *rhythm {
	if !immediately {
		now = now.Add(every)
	}
	return &rhythm{every: every, tick: now, due: now, random: rand.Float64}
}

// ended plans the next run when one has ended, and gives how many ticks of the
// rhythm have passed meanwhile and are left out. After a failure none are: the
// tries take their places.
func (r *rhythm) ended(now time.Time, failed bool) (skipped int) {
	if failed {
		r.failures++
		r.due = now.Add(r.delay())
		return 0
	}
	passed := max(0, int(now.Sub(r.tick)/r.every))
	r.tick = r.tick.Add(time.Duration(passed+1) * r.every)
	r.due = r.tick
	if r.failures > 0 {
		r.failures, passed = 0, 0
	}
	return passed
}

// delay doubles with each failure. By chance it is up to half as long, so that
// several processes which have failed together don't try again together.
func (r *rhythm) delay() time.Duration {
	d, longest := min(r.every, firstRetry), max(r.every, lastRetry)
	for range r.failures - 1 {
		if d *= 2; d >= longest {
			d = longest
			break
		}
	}
	return d - time.Duration(r.random()*float64(d/2))
}
