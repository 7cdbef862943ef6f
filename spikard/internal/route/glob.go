package route

import "strings"

// element is a piece of text or a parameter.
type element struct {
	text  string
	param bool
	conv  Converter
}

// glob matches a text against elements: a segment's, or all those from a
// template's first path parameter on.
type glob struct {
	elements []element
	params   int
	// typed tells whether a converter may refuse a value.
	typed bool
	// before, conv and after are the elements where there is one parameter.
	before, after string
	conv          Converter
}

func (g *glob) prepare() {
	for _, e := range g.elements {
		switch {
		case e.param:
			g.params++
			g.typed = g.typed || e.conv.chooses()
			g.conv = e.conv
		case g.params == 0:
			g.before = e.text
		default:
			g.after = e.text
		}
	}
}

// match tells whether the text fits, and whether the converters accept it too.
// There must be parameters; text alone is looked up.
func (g *glob) match(text string) (fits, accepts bool) {
	if g.params == 1 {
		value, fits := g.middle(text)
		return fits, fits && g.conv.accepts(value)
	}
	var room starts
	w := newWalk(g, text, room[:])
	fits = w.fits()
	return fits, fits && (!g.typed || w.accept(0, 0))
}

// split appends the values of the parameters to out. The text must fit.
func (g *glob) split(text string, out []string) []string {
	switch g.params {
	case 0:
		return out
	case 1:
		value, _ := g.middle(text)
		return append(out, value)
	default:
		return g.splitMany(text, out)
	}
}

// splitMany appends pieces of text rather than the walk's own, of which the
// compiler could not tell that they leave its table behind.
func (g *glob) splitMany(text string, out []string) []string {
	var room starts
	w := newWalk(g, text, room[:])
	accepted := g.typed && w.accept(0, 0)
	p := 0
	for e := range g.elements {
		switch {
		case !g.elements[e].param:
			p += len(g.elements[e].text)
			continue
		case accepted:
			out = append(out, text[p:w.longestAccepted(e, p)])
		default:
			out = append(out, text[p:w.longest(e, p)])
		}
		p += len(out[len(out)-1])
	}
	return out
}

// middle is the value of the only parameter.
func (g *glob) middle(text string) (value string, fits bool) {
	if len(text) < len(g.before)+len(g.after) ||
		!strings.HasPrefix(text, g.before) || !strings.HasSuffix(text, g.after) {
		return "", false
	}
	end := len(text) - len(g.after)
	if g.after != "" && insideEscape(text, end) {
		return "", false
	}
	value = text[len(g.before):end]
	if g.conv == Path {
		return value, true
	}
	return value, value != "" && strings.IndexByte(value, '/') < 0
}

// insideEscape tells whether text can't be cut at pos: the "5" of "%25" is no
// "5".
func insideEscape(text string, pos int) bool {
	return pos > 0 && text[pos-1] == '%' || pos > 1 && text[pos-2] == '%'
}
