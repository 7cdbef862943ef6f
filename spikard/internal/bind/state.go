package bind

import (
	"sync"

	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// state is what one binding works with. It is pooled: its slices keep their
// memory.
type state struct {
	scan jsonwire.Scanner
	w    *wire.Writer
	// own is the writer of a binding whose values stay in Go.
	own wire.Writer
	// path leads to the value being bound.
	path []step
	report
	// spans is a stack of the places where the fields of the objects being
	// read were written.
	spans []span
	// spare holds texts and bytes between two steps of a writer.
	spare []byte
	// budget is how many bytes may still be read again for unions.
	budget int
	pairs  pairs
	checking
	forming
}

// step is a step of a path: a name, an index, or a member's name that is still
// a part of the body.
type step struct {
	name string
	kind stepKind
	// index is an index, or the position of the name's opening quote.
	index int
}

type stepKind uint8

const (
	byName stepKind = iota
	byIndex
	byMember
	// byKey stands for the key itself of the member before it.
	byKey
)

var pool = sync.Pool{New: func() any { return new(state) }}

func acquire(w *wire.Writer) *state {
	s := pool.Get().(*state)
	s.w = w
	s.checking.reset()
	s.scan.SetLimits(unlimited)
	return s
}

// maxKept is the most memory that a pooled state keeps of a large request.
const maxKept = 1 << 20

// release drops what refers to the request and puts s back.
func (s *state) release() {
	s.scan.Reset("")
	s.report.reset()
	s.pairs.reset()
	s.forming.reset()
	s.path, s.w = s.path[:0], nil
	s.own.Reset()
	s.spans = s.spans[:0]
	if cap(s.spare) > maxKept || cap(s.own.Bytes()) > maxKept || s.checking.kept() > maxKept ||
		cap(s.formed) > maxKept {
		return
	}
	pool.Put(s)
}

// open prepares the reading of a JSON text.
func (s *state) open(text string) {
	s.scan.Reset(text)
	s.budget = rereads*len(text) + minRereads
	s.patience += patienceFor(len(text))
}

// begin is the position at which the next value starts.
func (s *state) begin() int {
	s.scan.Peek()
	return s.scan.Pos()
}

func (s *state) push(st step) { s.path = append(s.path, st) }

func (s *state) pop() { s.path = s.path[:len(s.path)-1] }

// refuse skips the next value and reports it.
func (s *state) refuse(f *fault) {
	from := s.begin()
	s.scan.Skip()
	s.reportJSON(f, from)
}

// reportJSON reports the value that began at from and has been read.
func (s *state) reportJSON(f *fault, from int) {
	if s.add() {
		s.record(f, s.loc(), []byte(s.scan.Slice(from, s.scan.Pos())))
	}
}

// reportText reports the text of a parameter.
func (s *state) reportText(f *fault, v string) {
	if s.add() {
		s.record(f, s.loc(), jsonwire.AppendQuote(nil, v))
	}
}

// reportMissing reports that nothing was given for the parameter.
func (s *state) reportMissing() {
	if s.add() {
		s.record(&missing, s.loc(), []byte("null"))
	}
}
