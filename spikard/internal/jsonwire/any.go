package jsonwire

import "github.com/spikard/spikard-go/pybridge/wire"

// Skip reads a value and checks its form.
func (s *Scanner) Skip() {
	switch s.Peek() {
	case Null:
		s.Null()
	case Bool:
		s.Bool()
	case Number:
		s.Number()
	case String:
		s.String()
	case Array:
		for s.Open(); s.Elem(); {
			s.Skip()
		}
	case Object:
		s.Open()
		for _, ok := s.Key(); ok; _, ok = s.Key() {
			s.Skip()
		}
	case File:
		s.File()
	default:
		s.fail("expected a value")
	}
}

// Any reads a value and writes what json.loads would make of it: integers of
// any size, floats for every other number, dicts in which the last of equal
// keys counts.
func (s *Scanner) Any(w *wire.Writer) {
	if s.depth == 0 {
		w.Grow(len(s.text))
	}
	s.any(w)
}

func (s *Scanner) any(w *wire.Writer) {
	kind := kinds[s.at(s.pos)]
	if kind == Invalid {
		kind = s.Peek()
	}
	switch kind {
	case Null:
		s.Null()
		w.Null()
	case Bool:
		w.Bool(s.Bool())
	case Number:
		n, _ := s.Number()
		WriteNumber(w, n)
	case String:
		v, ascii, _ := s.Text()
		w.Text(v, ascii)
	case Array:
		s.anyList(w)
	case Object:
		s.anyDict(w)
	case File:
		s.writeFile(w)
	default:
		s.fail("expected a value")
	}
}

func (s *Scanner) anyList(w *wire.Writer) {
	at, n := w.Len(), 0
	w.List(0)
	for s.Open(); s.comma() || s.next(']'); n++ {
		s.any(w)
	}
	w.SetCount(at, n)
}

func (s *Scanner) anyDict(w *wire.Writer) {
	at, n := w.Len(), 0
	w.Dict(0)
	s.Open()
	for key, ascii, ok := s.key(); ok; key, ascii, ok = s.key() {
		w.Text(key, ascii)
		s.any(w)
		n++
	}
	w.SetCount(at, n)
}

// WriteNumber writes a number as json.loads would read it.
func WriteNumber(w *wire.Writer, n Num) {
	if !n.Int {
		w.Float(n.Float64())
	} else if v, ok := n.Int64(); ok {
		w.Int(v)
	} else {
		w.BigInt(n.Text)
	}
}
