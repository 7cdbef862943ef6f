package spikard

import (
	"fmt"
	"reflect"
	"strings"
)

// source is one of those that set a configuration.
type source uint8

const (
	inGo source = iota
	inEnvironment
	inPython
)

// origin is where a value is from: the source, and what it is called there.
type origin struct {
	source source
	name   string
}

// child is the origin of what a section leaves out.
func (o origin) child(s *setting) origin {
	switch o.source {
	case inEnvironment:
		o.name += "_" + strings.ToUpper(s.name())
	case inPython:
		o.name += "." + s.name()
	default:
		o.name += "." + s.goName()
	}
	return o
}

// origins are those of the settings that are set, and of sections, by path. A
// list's elements are at "static_files[0]".
type origins map[string]origin

// of tells where a setting is from, or where its section is from.
func (o origins) of(s *setting) origin {
	if found, ok := o[s.path]; ok {
		return found
	}
	if parent, _, nested := strings.Cut(s.path, "."); nested {
		if found, ok := o[parent]; ok {
			return found.child(s)
		}
	}
	return origin{inGo, s.field}
}

// fromGoAlone are the origins of a configuration that nothing was merged into.
func (t *table) fromGoAlone(c *Config) origins {
	out := origins{}
	for _, s := range t.all() {
		if v, ok := s.in(c); ok && !v.IsZero() {
			out[s.path] = origin{inGo, s.field}
		}
	}
	for i := range t.sections {
		s := &t.sections[i]
		v := reflect.ValueOf(c).Elem().Field(s.index[0])
		if v.IsNil() {
			continue
		}
		out[s.path] = origin{inGo, s.field}
		for j := 0; s.list && j < v.Len(); j++ {
			out[element(s.path, j)] = origin{inGo, element(s.field, j)}
		}
	}
	return out
}

// element names one of a list.
func element(name string, i int) string { return fmt.Sprintf("%s[%d]", name, i) }
