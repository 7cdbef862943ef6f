package jsonwire

// Rewind returns to the start of a value that was read, to read it again. It
// must be at the depth it was read at; after an error it does nothing.
func (s *Scanner) Rewind(pos int) {
	if s.err == nil {
		s.pos, s.fresh = pos, false
	}
}

// Mark is the start of a value, to which [Scanner.Return] leads back.
type Mark struct {
	pos, depth int
	count      int32
}

// Mark skips white space and marks the value that follows.
func (s *Scanner) Mark() Mark {
	s.space()
	return Mark{s.pos, s.depth, s.counts[s.depth]}
}

// Return is Rewind for a value that may have been left half read.
func (s *Scanner) Return(m Mark) {
	if s.err == nil {
		s.pos, s.depth, s.fresh = m.pos, m.depth, false
		s.counts[m.depth] = m.count
	}
}
