package bind

import (
	"time"

	"github.com/spikard/spikard-go/spikard/internal/pattern"
)

// Searches by patterns that backtrack may take so much time in one request: a
// little, and more for a larger body. Each is bounded by itself, but a body can
// hold many strings.
const (
	minPatience      = 25 * time.Millisecond
	patiencePerBytes = 16 << 10 // for each of these, a millisecond
)

func patienceFor(length int) time.Duration {
	return time.Duration(length/patiencePerBytes) * time.Millisecond
}

// finds tells whether a pattern is found in v. Where there is no time to tell,
// the request is overrun.
func (s *state) finds(p *pattern.Pattern, v string) bool {
	if !p.Backtracks() {
		return p.Match(v)
	}
	if s.overrun != nil {
		return false
	}
	found := false
	if s.patience > 0 {
		var inTime bool
		begun := time.Now()
		found, inTime = p.Search(v)
		if s.patience -= time.Since(begun); !inTime {
			s.patience = 0
		}
	}
	if s.patience <= 0 {
		s.overrun = &patternTime
		return false
	}
	return found
}
