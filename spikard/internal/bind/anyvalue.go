package bind

import "github.com/spikard/spikard-go/spikard/internal/jsonwire"

// anyNode takes everything: a text as it is, JSON as json.loads would read it.
type anyNode struct{ conv convert }

func (n anyNode) text(s *state, v string) {
	n.conv.start(s)
	s.w.Str(v)
}

func (n anyNode) json(s *state) {
	n.conv.start(s)
	s.scan.Any(s.w)
}

// noneNode takes null only, which no text is.
type noneNode struct{ conv convert }

func (n noneNode) text(s *state, v string) { s.reportText(&noneRequired, v) }

func (n noneNode) json(s *state) {
	if s.scan.Peek() != jsonwire.Null {
		s.refuse(&noneRequired)
		return
	}
	s.scan.Null()
	n.conv.start(s)
	s.w.Null()
}
