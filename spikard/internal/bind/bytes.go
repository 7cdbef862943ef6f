package bind

import (
	"encoding/base64"
	"strings"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// bytesNode takes the UTF-8 of a text and of a form's field, the content of a
// file, and base64 in JSON.
type bytesNode struct {
	conv convert
	lengths
}

func (n *bytesNode) text(s *state, v string) {
	if f := n.check(len(v)); f != nil {
		s.reportText(f, v)
		return
	}
	n.conv.start(s)
	s.raw(v)
}

func (n *bytesNode) json(s *state) {
	kind := s.scan.Peek()
	from := s.scan.Pos()
	switch {
	case kind == jsonwire.File:
		content, ok := s.content()
		n.write(s, content, ok, from)
	case kind != jsonwire.String:
		s.refuse(&stringType)
	case s.form != nil:
		v, ok := s.scan.String()
		s.spare = append(s.spare[:0], v...)
		n.write(s, s.spare, ok, from)
	default:
		v, _ := s.scan.String()
		out, err := decodeBase64(v)
		if err != nil {
			s.reportJSON(&bytesEncoding, from)
			return
		}
		n.write(s, out, true, from)
	}
}

func (n *bytesNode) write(s *state, v []byte, ok bool, from int) {
	if !ok {
		return
	}
	if f := n.check(len(v)); f != nil {
		s.reportJSON(f, from)
		return
	}
	n.conv.start(s)
	s.w.Raw(v)
}

// decodeBase64 takes RFC 4648's alphabet, with its padding or without.
func decodeBase64(v string) ([]byte, error) {
	if strings.HasSuffix(v, "=") {
		return base64.StdEncoding.DecodeString(v)
	}
	return base64.RawStdEncoding.DecodeString(v)
}

func (s *state) raw(v string) {
	s.spare = append(s.spare[:0], v...)
	s.w.Raw(s.spare)
}
