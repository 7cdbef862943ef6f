package bind

import (
	"strings"

	"github.com/spikard/spikard-go/pybridge"
)

// decoderNode hands a value's JSON text to a decoder in Python. Here it is only
// held to be JSON.
type decoderNode struct{ conv convert }

func (n decoderNode) json(s *state) {
	from := s.begin()
	s.scan.Skip()
	if s.scan.Err() != nil {
		return
	}
	text := s.scan.Slice(from, s.scan.Pos())
	if s.form != nil && strings.IndexByte(text, fileMark) >= 0 {
		s.reportJSON(&fileInText, from)
		return
	}
	n.conv.start(s)
	s.raw(text)
}

func (c *compiler) decoder(t *pybridge.Type) jsonBinder {
	c.applies(t, noConstraint)
	if t.Converter == 0 {
		c.fault("a %s needs a converter", t.Kind)
	}
	return decoderNode{convert(t.Converter)}
}
