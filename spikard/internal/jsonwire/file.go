package jsonwire

import (
	"strconv"

	"github.com/spikard/spikard-go/pybridge/wire"
)

// FileMark stands before and behind the number of a file. JSON has no such
// byte outside of strings, and within strings it must be escaped.
const FileMark = 0x01

// AppendFile appends the value that stands for the index-th file of a form.
func AppendFile(b []byte, index int) []byte {
	b = append(b, FileMark)
	b = strconv.AppendInt(b, int64(index), 10)
	return append(b, FileMark)
}

// File reads the file that [Scanner.Peek] has seen and gives its index.
func (s *Scanner) File() (int, bool) {
	end, index := s.digits(s.pos+1, 0)
	if s.files == nil || s.at(end) != FileMark {
		s.fail("expected a value")
		return 0, false
	}
	s.pos = end + 1
	return int(index), true
}

func (s *Scanner) writeFile(w *wire.Writer) {
	if index, ok := s.File(); ok {
		s.files.WriteFile(w, index)
	}
}
