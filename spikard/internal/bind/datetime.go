package bind

import (
	"strings"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// dateTimeFormat takes ISO 8601 with "T", a space or "_" between day and time;
// a day alone is its midnight.
type dateTimeFormat struct {
	// digits of the fraction of a second.
	digits int
}

func (f dateTimeFormat) read(s *state, v string) *fault {
	day, at, ok := parseDateTime(v)
	if !ok {
		return &dateTimeParse
	}
	s.spare = append(day.append(s.spare[:0]), 'T')
	s.spare = at.append(s.spare, f.digits)
	s.w.Str(jsonwire.View(s.spare))
	return nil
}

func parseDateTime(v string) (d date, c clock, ok bool) {
	d, rest, ok := cutDate(v)
	if !ok || rest == "" {
		return d, c, ok
	}
	if !strings.ContainsRune("Tt _", rune(rest[0])) {
		return d, c, false
	}
	c, ok = parseClock(rest[1:])
	return d, c, ok
}

// dateFormat takes a day, or a datetime that is a midnight.
type dateFormat struct{}

func (dateFormat) read(s *state, v string) *fault {
	day, at, ok := parseDateTime(v)
	at.zone = zone{}
	if !ok || at != (clock{}) {
		return &dateParsing
	}
	s.spare = day.append(s.spare[:0])
	s.w.Str(jsonwire.View(s.spare))
	return nil
}

// timeFormat takes a time of day.
type timeFormat struct{}

func (timeFormat) read(s *state, v string) *fault {
	at, ok := parseClock(v)
	if !ok {
		return &timeParsing
	}
	s.spare = at.append(s.spare[:0], 6)
	s.w.Str(jsonwire.View(s.spare))
	return nil
}
