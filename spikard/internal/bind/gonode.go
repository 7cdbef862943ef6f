package bind

import (
	"encoding"
	"encoding/json"
	"reflect"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// nullableNode takes null as well.
type nullableNode struct{ inner jsonBinder }

func (n nullableNode) json(s *state) {
	if s.scan.Peek() != jsonwire.Null {
		n.inner.json(s)
		return
	}
	s.scan.Null()
	s.w.Null()
}

// rawNode is for a type that reads JSON itself. It is tried first, so that a
// refusal becomes a fault at its place.
type rawNode struct{ t reflect.Type }

func (n rawNode) json(s *state) {
	from := s.begin()
	s.scan.Skip()
	if s.scan.Err() != nil {
		return
	}
	s.raw(s.scan.Slice(from, s.scan.Pos()))
	text := []byte(s.scan.Slice(from, s.scan.Pos()))
	if json.Unmarshal(text, reflect.New(n.t).Interface()) != nil {
		s.reportJSON(&notAccepted, from)
	}
}

// selfFormat is for a type that reads texts itself.
type selfFormat struct{ t reflect.Type }

func (f selfFormat) read(s *state, v string) *fault {
	out := reflect.New(f.t).Interface().(encoding.TextUnmarshaler)
	if out.UnmarshalText([]byte(v)) != nil {
		return &notAccepted
	}
	s.w.Str(v)
	return nil
}
