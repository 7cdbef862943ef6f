package route

// Template is a parsed path template.
//
// # Concurrency
//
// A Template is never changed and may be shared.
type Template struct {
	source   string
	params   []Param
	segments []segment
	// open is the index of the first segment with a path parameter; from there
	// on a template's segments aren't a path's, and tail matches all the rest.
	// Without one it is len(segments), and tail nil.
	open int
	tail *glob
	// key is equal for templates that fit and accept the same paths.
	key string
}

// Param is one parameter of a template.
type Param struct {
	Name      string
	Converter Converter
}

// Params gives the parameters from left to right. The slice is the template's
// own, not to be changed.
func (t *Template) Params() []Param { return t.params }

// String is the template as it was written.
func (t *Template) String() string { return t.source }

// split appends the values of the parameters to out. The path must fit.
func (t *Template) split(path string, out []string) []string {
	pos := 1
	for i := range t.segments[:t.open] {
		end := segmentEnd(path, pos)
		out = t.segments[i].split(path[pos:end], out)
		pos = end + 1
	}
	if t.tail != nil {
		out = t.tail.split(path[pos:], out)
	}
	return out
}

// newTemplate computes what matching needs from segments that hold their
// elements only.
func newTemplate(source string, params []Param, segments []segment) *Template {
	t := &Template{source: source, params: params, segments: segments, open: len(segments)}
	for i := range segments {
		s := &segments[i]
		s.prepare()
		t.key += "/" + s.key
		if s.kind == pathSegment && t.open == len(segments) {
			t.open = i
		}
	}
	if t.open < len(segments) {
		t.tail = &glob{elements: join(segments[t.open:])}
		t.tail.prepare()
	}
	return t
}

// join strings segments together with the slashes between them.
func join(segments []segment) []element {
	var all []element
	text := ""
	for i, s := range segments {
		if i > 0 {
			text += "/"
		}
		for _, e := range s.elements {
			if !e.param {
				text += e.text
				continue
			}
			if text != "" {
				all = append(all, element{text: text})
				text = ""
			}
			all = append(all, e)
		}
	}
	if text != "" {
		all = append(all, element{text: text})
	}
	return all
}
