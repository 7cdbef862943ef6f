package bind

// convert is a converter's index on the Python side; 0 is none.
type convert int

func (c convert) start(s *state) {
	if c != 0 {
		s.w.Convert(int(c))
	}
}
