package jsonwire

// Open enters the array or object that [Scanner.Peek] has seen.
func (s *Scanner) Open() {
	if s.depth == MaxDepth {
		s.tooDeep()
		return
	}
	s.depth++
	s.counts[s.depth] = 0
	s.pos++
	s.fresh = true
}

// Elem moves to the next element of the array that was opened. False is its
// end, or an error.
func (s *Scanner) Elem() bool { return s.comma() || s.next(']') }

// Key moves to the next member of the object that was opened and gives its
// name. False is its end, or an error.
func (s *Scanner) Key() (string, bool) {
	name, _, ok := s.key()
	return name, ok
}

// Follows moves to the next member if its name, with quotes and colon, is
// exactly this text. False says nothing: [Scanner.Key] tells what follows. It is
// for readers that can guess: to compare a name takes less than to read it.
func (s *Scanner) Follows(quoted string) bool {
	at := s.pos
	if !s.fresh {
		if s.at(at) != ',' {
			return false
		}
		at++
	}
	if s.at(at) == ' ' {
		at++
	}
	if len(s.text)-at < len(quoted) || s.text[at:at+len(quoted)] != quoted || !s.countMember() {
		return false
	}
	s.fresh, s.member, s.pos = false, at, at+len(quoted)
	return true
}

// key is Key, and tells whether all bytes of the name are below 0x80.
func (s *Scanner) key() (name string, ascii, ok bool) {
	if !(s.comma() || s.next('}')) || !s.countMember() {
		return "", false, false
	}
	if s.at(s.pos) != '"' && s.Peek() != String {
		s.fail("expected a member's name")
		return "", false, false
	}
	s.member = s.pos
	name, ascii, ok = s.Text()
	if s.at(s.pos) == ':' {
		s.pos++
		return name, ascii, ok
	}
	return name, ascii, ok && s.colon()
}

// comma moves over one that is the very next character and was due: the short
// way for what comes most.
func (s *Scanner) comma() bool {
	if s.fresh || s.at(s.pos) != ',' {
		return false
	}
	s.pos++
	return true
}

// next moves over the comma before an element, or over the closing bracket.
func (s *Scanner) next(closing byte) bool {
	s.space()
	if s.pos >= len(s.text) {
		s.fail("unexpected end")
		return false
	}
	c, fresh := s.text[s.pos], s.fresh
	s.fresh = false
	switch {
	case c == closing:
		s.pos++
		s.depth--
		return false
	case fresh:
		return true
	case c == ',':
		s.pos++
		return true
	}
	s.fail("expected a comma or the end")
	return false
}

func (s *Scanner) colon() bool {
	if s.space(); s.at(s.pos) != ':' {
		s.fail("expected a colon")
		return false
	}
	s.pos++
	return true
}
