package pattern

import (
	"fmt"
	"regexp"
	"time"

	"github.com/dlclark/regexp2"
)

// Timeout is how long a backtracking search may take. One that ran out of time
// is tried once more, since it may have been others that had the processor.
const Timeout = 10 * time.Millisecond

// clockPeriod is how often the backtracking engine looks at the time: a search
// may take that much longer than its Timeout.
const clockPeriod = 2 * time.Millisecond

func init() { regexp2.SetTimeoutCheckPeriod(clockPeriod) }

// Pattern is a compiled regular expression.
//
// # Concurrency
//
// Any number of goroutines may use it.
type Pattern struct {
	text string
	// One of these is set.
	linear       *regexp.Regexp
	backtracking *regexp2.Regexp
}

// Compile reads a pattern.
//
// # Errors
//
// The error says what is wrong with the pattern, and quotes it.
func Compile(text string) (*Pattern, error) {
	t, err := translate(text)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", text, err)
	}
	linear, linearErr := regexp.Compile(t)
	if linearErr == nil {
		return &Pattern{text: text, linear: linear}, nil
	}
	backtracking, err := regexp2.Compile(t, regexp2.None)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", text, linearErr)
	}
	backtracking.MatchTimeout = Timeout
	return &Pattern{text: text, backtracking: backtracking}, nil
}

// String gives the pattern as it was written.
func (p *Pattern) String() string { return p.text }

// Backtracks says that a search can take long: see [Pattern.Search].
func (p *Pattern) Backtracks() bool { return p.backtracking != nil }

// Match tells whether the pattern is found in the text. A search that runs out
// of time has found nothing.
func (p *Pattern) Match(text string) bool {
	found, _ := p.Search(text)
	return found
}

// Search is Match that tells whether the search came to its end.
func (p *Pattern) Search(text string) (found, inTime bool) {
	if p.linear != nil {
		return p.linear.MatchString(text), true
	}
	found, err := p.backtracking.MatchString(text)
	if err != nil {
		found, err = p.backtracking.MatchString(text)
	}
	return found, err == nil
}
