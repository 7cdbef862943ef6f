package bind

import (
	"strings"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
	"github.com/spikard/spikard-go/spikard/internal/schema"
)

// decoderNode hands a value's JSON text to a decoder in Python. Here it is only
// held to be JSON.
type decoderNode struct {
	conv convert
	// shape is what a form's texts are to become for it; nil: texts.
	shape *schema.Schema
}

func (n decoderNode) json(s *state) {
	from := s.begin()
	s.scan.Skip()
	if s.scan.Err() != nil {
		return
	}
	text := s.scan.Slice(from, s.scan.Pos())
	if s.form != nil && strings.IndexByte(text, jsonwire.FileMark) >= 0 {
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
	n := decoderNode{conv: convert(t.Converter)}
	if len(t.Shape) > 0 {
		// One that can't be read says nothing: the decoder has the last word.
		n.shape, _ = schema.Compile(t.Shape)
	}
	return n
}
