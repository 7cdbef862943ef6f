package jsonwire

import (
	"math"
	"strconv"
)

// MaxDepth is how deep arrays and objects may be nested.
const MaxDepth = 512

// MaxDigits is how many digits an integer may have: CPython's own limit.
const MaxDigits = 4300

// MaxMembers is how many members an object may have unless [Limits] say
// something else.
const MaxMembers = 100_000

// Limits bound what a text may hold. A zero field stands for its default.
type Limits struct {
	// Members are those of one object, those of the same name counted each:
	// [MaxMembers].
	Members int
}

// LimitError is a text that goes beyond a limit. It may be JSON all the same.
type LimitError struct {
	// What the text has, as "values nested deeper than 512 levels".
	What string
	// Offset is the byte at which it has it.
	Offset int
}

func (e *LimitError) Error() string {
	return "JSON has " + e.What + ", at byte " + strconv.Itoa(e.Offset)
}

// SetLimits sets limits that Reset keeps.
func (s *Scanner) SetLimits(l Limits) {
	s.members = MaxMembers
	if l.Members > 0 {
		s.members = int32(min(l.Members, math.MaxInt32))
	}
}

// exceed is fail for a limit.
func (s *Scanner) exceed(what string) {
	if s.err == nil {
		s.err = &LimitError{What: what, Offset: s.pos}
	}
	s.pos = len(s.text)
}

func (s *Scanner) tooDeep() {
	s.exceed("values nested deeper than " + strconv.Itoa(MaxDepth) + " levels")
}

func (s *Scanner) tooManyDigits() {
	s.exceed("an integer of more than " + strconv.Itoa(MaxDigits) + " digits")
}

func (s *Scanner) tooManyMembers() bool {
	s.exceed("an object with more than " + strconv.Itoa(int(s.members)) + " members (MaxObjectKeys)")
	return false
}

// countMember counts one of the object that is open and tells whether it may
// have that many.
func (s *Scanner) countMember() bool {
	n := &s.counts[s.depth]
	*n++
	return *n <= s.members || s.tooManyMembers()
}
