package middleware

// codingExtensions are those of the files that lie beside a plain one.
var codingExtensions = [codingCount]string{codingGzip: ".gz", codingZstd: ".zst", codingBrotli: ".br"}

const allCodings codingSet = 1<<codingGzip | 1<<codingZstd | 1<<codingBrotli

// precoded gives the file that lies beside a plain one in the coding that the
// client likes best of those that are there, and closes the plain one, or gives
// that.
func (s *Static) precoded(plain *staticFile, accept []string) (*staticFile, contentCoding) {
	if len(accept) == 0 {
		return plain, codingIdentity
	}
	a := accepted(accept)
	for there := allCodings; ; {
		c := a.best(there)
		if c == codingIdentity {
			return plain, c
		}
		if f, err := s.openRegular(plain.name + codingExtensions[c]); err == nil {
			plain.Close()
			return f, c
		}
		there = there.without(c)
	}
}
