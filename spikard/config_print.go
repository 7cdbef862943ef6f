package spikard

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"reflect"
	"strings"
)

// shown is a setting as it is shown.
type shown struct {
	path  string
	value any
	from  string // a name, or empty for a default
}

// String gives every effective setting and where it is from, one to a line.
// Secrets are masked.
func (c Config) String() string {
	var b strings.Builder
	for _, s := range c.shown() {
		from := s.from
		if from == "" {
			from = "default"
		}
		fmt.Fprintf(&b, "%s: %v (%s)\n", s.path, s.value, from)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Format writes String for every verb of package fmt.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue gives every effective setting, in one group for each section, and
// where those are from that are not defaults. Secrets are masked.
func (c Config) LogValue() slog.Value {
	var attrs, sources []slog.Attr
	groups := map[string]int{}
	for _, s := range c.shown() {
		if s.from != "" {
			sources = append(sources, slog.String(s.path, s.from))
		}
		parent, name, nested := strings.Cut(s.path, ".")
		if !nested {
			attrs = append(attrs, slog.Any(s.path, s.value))
			continue
		}
		at, begun := groups[parent]
		if !begun {
			at = len(attrs)
			groups[parent] = at
			attrs = append(attrs, slog.Group(parent))
		}
		attrs[at].Value = slog.GroupValue(append(attrs[at].Value.Group(), slog.Any(name, s.value))...)
	}
	return slog.GroupValue(append(attrs, slog.Attr{Key: "sources", Value: slog.GroupValue(sources...)})...)
}

// shown gives what there is to show, in the order of the fields.
func (c Config) shown() []shown {
	t := newTable()
	from := c.origins
	if from == nil {
		from = t.fromGoAlone(&c)
	}
	c = c.withDefaults()
	var out []shown
	for i := range t.plain {
		s := &t.plain[i]
		out = append(out, shown{s.path, s.shownIn(&c), from[s.path].name})
	}
	for i := range t.sections {
		out = append(out, t.sections[i].shownIn(&c, from)...)
	}
	return out
}

// shownIn gives the setting's value in a form that shows no secret.
func (s *setting) shownIn(c *Config) any {
	v, _ := s.in(c)
	if s.isAddr() {
		host, port, _ := net.SplitHostPort(c.Addr)
		v = reflect.ValueOf(map[string]string{"host": host, "port": port}[s.path])
	}
	return s.show(v)
}

func (s *setting) show(v reflect.Value) any {
	switch v = reflect.Indirect(v); {
	case s.null == "none" && s.isDuration() && v.Int() < 0:
		return "none"
	case v.IsZero() && v.Kind() != reflect.Bool && s.fallback == "":
		return "unset"
	case s.isSecret() && v.Kind() == reflect.Slice:
		return masked // neither how many
	case v.Kind() == reflect.Slice:
		return strings.Join(v.Interface().([]string), ",")
	}
	return v.Interface()
}

// shownIn gives a section's settings, or one line if it is off.
func (s *section) shownIn(c *Config, from origins) []shown {
	v := reflect.ValueOf(c).Elem().Field(s.index[0])
	if s.list {
		return s.shownElements(v, from)
	}
	if v.IsNil() || s.onByDefault() && v.Elem().FieldByName("Off").Bool() {
		return []shown{{s.path, "off", from[s.path].name}}
	}
	out := make([]shown, len(s.settings))
	for i := range s.settings {
		one := &s.settings[i]
		value, _ := one.in(c)
		out[i] = shown{one.path, one.show(value), from[one.path].name}
	}
	return out
}

func (s *section) shownElements(list reflect.Value, from origins) []shown {
	if list.Len() == 0 {
		return []shown{{s.path, "unset", from[s.path].name}}
	}
	var out []shown
	for i := range list.Len() {
		for j := range s.settings {
			one := &s.settings[j]
			path := element(s.path, i) + "." + one.name()
			out = append(out, shown{path, one.show(list.Index(i).FieldByIndex(one.index)), from[element(s.path, i)].name})
		}
	}
	return out
}
