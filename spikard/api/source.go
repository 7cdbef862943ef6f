package api

import "strconv"

// Source is a place in somebody's code: where a route, a provider or a hook
// was registered. Errors name it, so that a reader can go there.
type Source struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

// String gives "file:line", the form that editors and terminals turn into a
// link, or "unknown source" for the zero value.
func (s Source) String() string {
	if s.File == "" {
		return "unknown source"
	}
	return s.File + ":" + strconv.Itoa(s.Line)
}
