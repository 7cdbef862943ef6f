package bind

import (
	"errors"
	"fmt"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// ErrValue is wrapped by the errors of [ValueBinder.Decode] for JSON that isn't
// of the type.
var ErrValue = errors.New("value does not fit its type")

// ValueBinder turns the JSON of a Go value into the wire value of a type. It
// is made by [CompileValue].
//
// # Concurrency
//
// Any number of goroutines may use it.
type ValueBinder struct{ value jsonBinder }

// CompileValue makes the binder of a type, for values that Go hands to Python.
// It reads what encoding/json writes: a number for a timedelta is a
// [time.Duration], in nanoseconds.
//
// # Errors
//
// All faults of the type are joined.
func CompileValue(m *pybridge.Manifest, t *pybridge.Type) (*ValueBinder, error) {
	c := compiler{manifest: m, subject: "value for python", fromGo: true}
	b := &ValueBinder{value: c.json(t)}
	return b, errors.Join(c.faults...)
}

// Decode writes the value of a JSON text.
//
// # Errors
//
// An error names the first place that doesn't fit, as "$.items[3].price", and
// wraps ErrValue, or it is the scanner's for text that isn't JSON or is nested
// too deeply. w is then left as it was.
func (b *ValueBinder) Decode(json []byte, w *wire.Writer) error {
	s := acquire(w)
	defer s.release()
	s.places = true
	start := w.Len()
	s.open(jsonwire.View(json))
	b.value.json(s)
	s.scan.End()
	err := s.valueError()
	if err != nil {
		w.Truncate(start)
	}
	return err
}

func (s *state) valueError() error {
	if err := s.scan.Err(); err != nil {
		return err
	}
	if s.fails == 0 {
		return nil
	}
	e := &s.entries[0]
	more := ""
	if s.fails > 1 {
		more = fmt.Sprintf(", and %d more", s.fails-1)
	}
	return fmt.Errorf("%w: %s: %s: %s%s", ErrValue, e.place, e.Type, e.Msg, more)
}
