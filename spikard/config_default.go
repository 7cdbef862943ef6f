package spikard

import (
	"log/slog"
	"reflect"
)

// withDefaults fills what is unset. The sections are copies: those of the
// user's Config stay as they are.
func (c Config) withDefaults() Config {
	t := newTable()
	c = c.cloned()
	for i := range t.sections {
		s := &t.sections[i]
		if v := reflect.ValueOf(&c).Elem().Field(s.index[0]); s.onByDefault() && v.IsNil() {
			v.Set(reflect.New(s.base()))
		}
		if s.list {
			fillList(s, reflect.ValueOf(&c).Elem().Field(s.index[0]))
		}
	}
	for _, s := range t.all() {
		if v, ok := s.in(&c); ok && !s.isAddr() {
			s.fill(v)
		}
	}
	if c.Addr == "" && c.UnixSocket == "" {
		c.Addr = t.addr
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

func fillList(s *section, list reflect.Value) {
	for i := range list.Len() {
		for j := range s.settings {
			s.settings[j].fill(list.Index(i).FieldByIndex(s.settings[j].index))
		}
	}
}

// fill sets a place that is unset to the setting's default.
func (s *setting) fill(v reflect.Value) {
	if s.fallback == "" || !v.IsZero() {
		return
	}
	value, err := s.parse(s.fallback)
	if err != nil {
		panic("the default of " + s.field + ": " + err.Error()) // a tag of this package is wrong: tests find it
	}
	v.Set(value)
}

// cloned copies the sections.
func (c Config) cloned() Config {
	t := newTable()
	to := reflect.ValueOf(&c).Elem()
	for i := range t.sections {
		switch v := to.Field(t.sections[i].index[0]); {
		case v.IsNil():
		case t.sections[i].list:
			v.Set(reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()), v))
		default:
			section := reflect.New(v.Type().Elem())
			section.Elem().Set(v.Elem())
			v.Set(section)
		}
	}
	return c
}
