package bind

import (
	"strings"
	"time"
)

// date is a day of the Gregorian calendar, as Python's date has them: from the
// year 1 to 9999.
type date struct{ year, month, day int }

// clock is a time of day.
type clock struct {
	hour, minute, second, nano int
	zone                       zone
}

// zone is an offset from UTC in minutes, or none.
type zone struct {
	known  bool
	offset int
}

// cutDate reads YYYY-MM-DD from the front of v.
func cutDate(v string) (d date, rest string, ok bool) {
	if len(v) < 10 || v[4] != '-' || v[7] != '-' {
		return d, v, false
	}
	d = date{digitsOf(v[:4]), digitsOf(v[5:7]), digitsOf(v[8:10])}
	valid := d.year >= 1 && d.month >= 1 && d.month <= 12 && d.day >= 1 && d.day <= daysIn(d.year, d.month)
	return d, v[10:], valid
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// parseClock reads HH:MM, seconds with a fraction if there are any, and an
// offset if there is one.
func parseClock(v string) (c clock, ok bool) {
	if len(v) < 5 || v[2] != ':' {
		return c, false
	}
	c.hour, c.minute, v = digitsOf(v[:2]), digitsOf(v[3:5]), v[5:]
	if len(v) >= 3 && v[0] == ':' {
		c.second, v = digitsOf(v[1:3]), v[3:]
		if c.nano, v, ok = cutFraction(v); !ok {
			return c, false
		}
	}
	if c.zone, ok = parseZone(v); !ok {
		return c, false
	}
	return c, within(c.hour, 23) && within(c.minute, 59) && within(c.second, 59)
}

func within(n, limit int) bool { return n >= 0 && n <= limit }

// cutFraction reads ".123" from the front of v, in nanoseconds; finer digits
// are dropped.
func cutFraction(v string) (nano int, rest string, ok bool) {
	if v == "" || (v[0] != '.' && v[0] != ',') {
		return 0, v, true
	}
	end := 1
	for ; end < len(v) && v[end]-'0' <= 9; end++ {
		if end <= 9 {
			nano = nano*10 + int(v[end]-'0')
		}
	}
	for i := end; i <= 9; i++ {
		nano *= 10
	}
	return nano, v[end:], end > 1
}

// parseZone reads Z, ±HH:MM or ±HHMM, or nothing. U+2212 is a minus too, as
// ISO 8601 has it.
func parseZone(v string) (zone, bool) {
	if v == "" {
		return zone{}, true
	}
	if v == "Z" || v == "z" {
		return zone{known: true}, true
	}
	digits, sign := v[1:], 1
	switch {
	case v[0] == '-':
		sign = -1
	case strings.HasPrefix(v, "\u2212"):
		digits, sign = v[len("\u2212"):], -1
	case v[0] != '+':
		return zone{}, false
	}
	if len(digits) == 5 && digits[2] == ':' {
		digits = digits[:2] + digits[3:]
	}
	if len(digits) != 4 {
		return zone{}, false
	}
	hours, minutes := digitsOf(digits[:2]), digitsOf(digits[2:])
	return zone{known: true, offset: sign * (hours*60 + minutes)}, within(hours, 23) && within(minutes, 59)
}

// digitsOf is the number that a few digits stand for, -1 where there are
// others.
func digitsOf(v string) int {
	n := 0
	for i := range len(v) {
		if v[i]-'0' > 9 {
			return -1
		}
		n = n*10 + int(v[i]-'0')
	}
	return n
}

func (d date) append(b []byte) []byte {
	b = appendPadded(b, d.year, 4)
	b = appendPadded(append(b, '-'), d.month, 2)
	return appendPadded(append(b, '-'), d.day, 2)
}

// append writes a form that every fromisoformat since Python 3.7 reads: a
// fraction of six digits or none, and "+00:00" for UTC. digits is how fine the
// fraction is: 6 for Python, 9 for Go.
func (c clock) append(b []byte, digits int) []byte {
	b = appendPadded(b, c.hour, 2)
	b = appendPadded(append(b, ':'), c.minute, 2)
	b = appendPadded(append(b, ':'), c.second, 2)
	fraction := c.nano
	for i := digits; i < 9; i++ {
		fraction /= 10
	}
	if fraction != 0 {
		b = appendPadded(append(b, '.'), fraction, digits)
	}
	return c.zone.append(b)
}

func (z zone) append(b []byte) []byte {
	if !z.known {
		return b
	}
	sign, offset := byte('+'), z.offset
	if offset < 0 {
		sign, offset = '-', -offset
	}
	b = appendPadded(append(b, sign), offset/60, 2)
	return appendPadded(append(b, ':'), offset%60, 2)
}

func appendPadded(b []byte, n, width int) []byte {
	var digits [9]byte
	for i := width - 1; i >= 0; i-- {
		digits[i] = byte('0' + n%10)
		n /= 10
	}
	return append(b, digits[:width]...)
}
