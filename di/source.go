package di

import "strconv"

// Source is a place in somebody's code, Go or Python: where a provider was
// registered or a need was written. Errors name it, so that a reader can go
// there.
type Source struct {
	File string
	Line int
}

// String gives "file:line", the form that editors and terminals turn into a
// link, or "unknown source" for the zero value.
func (s Source) String() string {
	if s.File == "" {
		return "unknown source"
	}
	return s.File + ":" + strconv.Itoa(s.Line)
}
