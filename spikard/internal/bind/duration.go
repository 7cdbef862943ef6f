package bind

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// durationFormat takes ISO 8601, or "3 days, 02:30:00" and "02:30" as Python
// writes timedeltas, and writes seconds.
type durationFormat struct{}

func (durationFormat) read(s *state, v string) *fault {
	micros, ok := parseDuration(v)
	if !ok {
		return &durationParse
	}
	s.w.Float(float64(micros) / 1e6)
	return nil
}

// seconds is for JSON numbers.
func (durationFormat) seconds(s *state, n jsonwire.Num) *fault {
	f := n.Float64()
	if math.Abs(f) > maxMicros/1e6 {
		return &durationParse
	}
	s.w.Float(f)
	return nil
}

// nanoseconds is for JSON numbers that come from Go, which writes a
// time.Duration so.
func (durationFormat) nanoseconds(s *state, n jsonwire.Num) *fault {
	v, ok := n.Int64()
	if !ok {
		return &durationParse
	}
	s.w.Float(float64(v) / 1e9)
	return nil
}

// goDurationFormat is for time.Duration: "1h30m" or ISO 8601, in nanoseconds.
type goDurationFormat struct{}

func (goDurationFormat) read(s *state, v string) *fault {
	d, err := time.ParseDuration(v)
	if err != nil {
		micros, ok := parseDuration(v)
		if !ok || micros > math.MaxInt64/1000 || micros < math.MinInt64/1000 {
			return &durationParse
		}
		d = time.Duration(micros) * time.Microsecond
	}
	s.w.Int(int64(d))
	return nil
}

func (goDurationFormat) number(s *state, n jsonwire.Num) *fault {
	i, ok := wholeNumber(n)
	if !ok || i.digits != "" {
		return &durationParse
	}
	s.w.Int(i.small)
	return nil
}

// maxMicros is the longest duration that is taken: about 290,000 years.
const maxMicros = math.MaxInt64 / 2

// parseDuration gives microseconds.
func parseDuration(v string) (int64, bool) {
	sign := 1.0
	if v != "" && (v[0] == '-' || v[0] == '+') {
		if v[0] == '-' {
			sign = -1
		}
		v = v[1:]
	}
	var d spell
	var ok bool
	if strings.HasPrefix(v, "P") {
		ok = d.iso(v[1:])
	} else {
		ok = d.python(v)
	}
	total := float64(d.micros) + d.fraction
	if !ok || total > maxMicros {
		return 0, false
	}
	return int64(sign) * (d.micros + int64(math.Round(d.fraction))), true
}

// spell adds up a duration. The parts of a microsecond, and what fractions of
// larger units come to, are kept apart so that whole numbers stay exact.
type spell struct {
	micros   int64
	fraction float64
	parts    int
}

const (
	second = int64(1_000_000)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

var (
	dayUnits  = map[byte]int64{'Y': 365 * day, 'M': 30 * day, 'W': 7 * day, 'D': day}
	timeUnits = map[byte]int64{'H': hour, 'M': minute, 'S': second}
)

// iso reads what follows the P. As pydantic has it, a year is 365 days and a
// month 30.
func (d *spell) iso(v string) bool {
	days, clock, _ := strings.Cut(v, "T")
	return d.quantities(days, dayUnits) && d.quantities(clock, timeUnits) && d.parts > 0
}

func (d *spell) quantities(v string, units map[byte]int64) bool {
	for v != "" {
		i := strings.IndexFunc(v, func(r rune) bool { return r != '.' && r != ',' && (r < '0' || r > '9') })
		if i < 1 || units[v[i]] == 0 || !d.add(v[:i], units[v[i]]) {
			return false
		}
		v = v[i+1:]
	}
	return true
}

// python reads "[D day[s][,] ]HH:MM[:SS[.ffffff]]" or "D day[s]".
func (d *spell) python(v string) bool {
	if i := strings.IndexAny(v, "dD"); i > 0 {
		if !d.add(strings.TrimRight(v[:i], " "), day) {
			return false
		}
		v = strings.TrimLeft(v[i:], "dDayYsS")
		if v = strings.TrimLeft(v, ", "); v == "" {
			return true
		}
	}
	at, ok := parseClock(v)
	if !ok || at.zone.known {
		return false
	}
	d.micros += int64(at.hour)*hour + int64(at.minute)*minute + int64(at.second)*second + int64(at.nano/1000)
	return true
}

func (d *spell) add(quantity string, unit int64) bool {
	quantity = strings.Replace(quantity, ",", ".", 1)
	whole, fraction, _ := strings.Cut(quantity, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > maxMicros/unit || d.micros > maxMicros-n*unit || n < 0 {
		return false
	}
	if fraction != "" {
		f, err := strconv.ParseFloat("0."+fraction, 64)
		if err != nil {
			return false
		}
		d.fraction += f * float64(unit)
	}
	d.micros += n * unit
	d.parts++
	return true
}
