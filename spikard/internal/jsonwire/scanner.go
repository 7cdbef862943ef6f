package jsonwire

import (
	"errors"
	"fmt"

	"github.com/spikard/spikard-go/pybridge/wire"
)

// ErrSyntax is wrapped by the errors of a [Scanner] but a [*LimitError].
var ErrSyntax = errors.New("malformed JSON")

// Kind is the shape of a JSON value, as its first byte tells it.
type Kind uint8

// The kinds. Invalid is the end of the text too.
const (
	Invalid Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
	// File stands for a file of a form; it never comes in a client's JSON. See
	// [Scanner.SetFiles].
	File
)

// kinds tells a value's kind by its first byte.
var kinds = [256]Kind{
	'n': Null, 't': Bool, 'f': Bool, '"': String, '[': Array, '{': Object, '-': Number,
	FileMark: File,
	'0':      Number, '1': Number, '2': Number, '3': Number, '4': Number,
	'5': Number, '6': Number, '7': Number, '8': Number, '9': Number,
}

// Scanner reads a JSON text from front to back. The zero value is ready for
// [Scanner.Reset].
//
// # Errors
//
// The first error sticks: from then on every method reports Invalid, false or
// the end, and [Scanner.Err] tells what is wrong: an error that wraps
// [ErrSyntax], or a [*LimitError].
//
// # Concurrency
//
// One goroutine at a time.
//
// # Memory
//
// Strings without escapes are parts of the text; the others lie in the
// scanner's own memory and are valid until the next string is read.
type Scanner struct {
	text  string
	pos   int
	depth int
	// fresh is set between an opening bracket and its first element. One flag
	// serves all levels: whatever comes next clears it.
	fresh  bool
	member int
	buf    []byte
	err    error
	files  Files
	// members bounds an object's members. counts holds how many those that are
	// open have had, by their depth.
	members int32
	counts  [MaxDepth + 1]int32
}

// maxKept is the most memory that Reset keeps.
const maxKept = 1 << 20

// Reset makes the scanner read text from its start and keeps its memory, unless
// an extraordinary string has made it large.
func (s *Scanner) Reset(text string) {
	s.text, s.pos, s.depth, s.fresh, s.member = text, 0, 0, false, 0
	s.err, s.files = nil, nil
	if s.members == 0 {
		s.members = MaxMembers
	}
	if s.buf = s.buf[:0]; cap(s.buf) > maxKept {
		s.buf = nil
	}
}

// Files writes the files that [AppendFile] put into a text.
type Files interface {
	WriteFile(w *wire.Writer, index int)
}

// SetFiles says that the text comes from [AppendFile] too, until the next
// Reset. Without it a File is malformed JSON.
func (s *Scanner) SetFiles(f Files) { s.files = f }

// Nested gives a scanner of another text, with the files and the limits of this
// one.
func (s *Scanner) Nested(text string) Scanner {
	return Scanner{text: text, files: s.files, members: s.members}
}

// Err is what is wrong with the text, or nil.
func (s *Scanner) Err() error { return s.err }

// Pos is the position behind what was read last.
func (s *Scanner) Pos() int { return s.pos }

// Slice is the text between two positions.
func (s *Scanner) Slice(from, to int) string { return s.text[from:to] }

// Tail is the text from a position on.
func (s *Scanner) Tail(from int) string { return s.text[from:] }

// Member is the position of the opening quote of the name that [Scanner.Key]
// gave last.
func (s *Scanner) Member() int { return s.member }

// Peek skips white space and tells the kind of what follows.
func (s *Scanner) Peek() Kind {
	if k := kinds[s.at(s.pos)]; k != Invalid {
		return k
	}
	s.pos = spaceRun(s.text, s.pos)
	return kinds[s.at(s.pos)]
}

// Bool reads the true or false that [Scanner.Peek] has seen.
func (s *Scanner) Bool() bool {
	if s.pos < len(s.text) && s.text[s.pos] == 't' {
		return s.word("true")
	}
	s.word("false")
	return false
}

// Null reads the null that [Scanner.Peek] has seen.
func (s *Scanner) Null() { s.word("null") }

// End checks that nothing but white space follows.
func (s *Scanner) End() bool {
	if s.space(); s.pos < len(s.text) {
		s.fail("unexpected text after the value")
	}
	return s.err == nil
}

func (s *Scanner) word(w string) bool {
	if len(s.text)-s.pos < len(w) || s.text[s.pos:s.pos+len(w)] != w {
		s.fail("expected %s", w)
		return false
	}
	s.pos += len(w)
	return true
}

func (s *Scanner) space() {
	if s.at(s.pos) <= ' ' {
		s.pos = spaceRun(s.text, s.pos)
	}
}

// at is the byte at i, or 0 behind the end.
func (s *Scanner) at(i int) byte {
	if i < len(s.text) {
		return s.text[i]
	}
	return 0
}

// fail keeps the first error and moves to the end, where every loop stops.
func (s *Scanner) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("%w at byte %d: %s", ErrSyntax, s.pos, fmt.Sprintf(format, args...))
	}
	s.pos = len(s.text)
}
