package route

import "strings"

// kind orders the segments that may stand at one place of a template: the
// lower goes first.
type kind uint8

const (
	textSegment  kind = iota // users
	mixedSegment             // {name}.json
	typedSegment             // {id:int}
	plainSegment             // {name}
	pathSegment              // {rest:path}, {rest:path}.json
)

// segment is what stands between two slashes of a template.
type segment struct {
	glob
	kind kind
	// key is the segment with the names left out. Canonical text holds no
	// braces, so no two segments share one.
	key string
	// text is how many bytes of it are text.
	text int
}

func (s *segment) prepare() {
	s.glob.prepare()
	var key strings.Builder
	anyPath := false
	for _, e := range s.elements {
		if !e.param {
			key.WriteString(e.text)
			s.text += len(e.text)
			continue
		}
		key.WriteString("{" + e.conv.String() + "}")
		anyPath = anyPath || e.conv == Path
	}
	s.key = key.String()
	s.kind = s.classify(anyPath)
}

func (s *segment) classify(anyPath bool) kind {
	switch {
	case anyPath:
		return pathSegment
	case s.params == 0:
		return textSegment
	case s.text > 0:
		return mixedSegment
	case s.elements[0].conv.chooses():
		return typedSegment
	default:
		return plainSegment
	}
}

// single tells whether the segment is one parameter and nothing else.
func (s *segment) single() bool { return s.kind == typedSegment || s.kind == plainSegment }

// compare orders segments by how much they say; segments that say as much are
// equal.
func (s *segment) compare(o *segment) int {
	if s.kind != o.kind {
		return int(s.kind) - int(o.kind)
	}
	if s.kind == textSegment {
		return 0
	}
	if s.text != o.text {
		return o.text - s.text
	}
	if s.params != o.params {
		return s.params - o.params
	}
	return comparePrecision(s.elements, o.elements)
}

// comparePrecision compares the parameters of two segments, which have equally
// many, from left to right: converter, none, path.
func comparePrecision(a, b []element) int {
	i := 0
	for _, e := range a {
		if !e.param {
			continue
		}
		for !b[i].param {
			i++
		}
		if d := precision(e.conv) - precision(b[i].conv); d != 0 {
			return d
		}
		i++
	}
	return 0
}

func precision(c Converter) int {
	switch {
	case c.chooses():
		return 0
	case c == Str:
		return 1
	default:
		return 2
	}
}

// segmentEnd is where the segment of a path that starts at pos ends.
func segmentEnd(path string, pos int) int {
	if i := strings.IndexByte(path[pos:], '/'); i >= 0 {
		return pos + i
	}
	return len(path)
}
