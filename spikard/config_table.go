package spikard

import (
	"reflect"
	"strings"
	"time"
)

// setting is one value that can be set, as the tags of its Go field describe
// it:
//
//	setting  its Python name; "-": it has none, and is Go's alone
//	default  what it is where nobody sets it, written as in the environment
//	null     what None means in Python; without the tag it means unset
//	check    what is asked of it: see config_check.go
//	env      "-": it has no environment variable
type setting struct {
	path     string // by Python's names: "compression.min_size"
	field    string // by Go's: "Compression.MinSize"
	variable string // "SPIKARD_COMPRESSION_MIN_SIZE", or empty
	index    []int  // in Config, or in the element of a list
	typ      reflect.Type
	fallback string
	null     string
	checks   []string
}

// section is a struct of settings, or a list of them.
type section struct {
	setting
	list     bool
	settings []setting
}

// table is all that can be set.
type table struct {
	addr     string // the default of Addr
	plain    []setting
	sections []section
}

const variablePrefix = "SPIKARD_"

// newTable reads the tags of Config.
func newTable() table {
	var t table
	for f := range reflect.TypeFor[Config]().Fields() {
		s, ok := readTags(f, setting{})
		if !ok {
			continue
		}
		section := section{setting: s, list: f.Type.Kind() == reflect.Slice}
		switch {
		case s.path == "host,port":
			t.addr = s.fallback
			t.plain = append(t.plain, addrSettings(s)...)
		case section.inner().Kind() == reflect.Struct:
			section.read()
			t.sections = append(t.sections, section)
		default:
			t.plain = append(t.plain, s)
		}
	}
	return t
}

// read reads the tags of the section's fields.
func (s *section) read() {
	parent := s.setting
	if s.list {
		parent.index = nil
	}
	for f := range s.inner().Fields() {
		if child, ok := readTags(f, parent); ok {
			s.settings = append(s.settings, child)
		}
	}
}

func readTags(f reflect.StructField, parent setting) (setting, bool) {
	name := f.Tag.Get("setting")
	if name == "-" || !f.IsExported() {
		return setting{}, false
	}
	s := setting{
		path: name, field: f.Name, typ: f.Type, fallback: f.Tag.Get("default"), null: f.Tag.Get("null"),
		index: append(append([]int(nil), parent.index...), f.Index...), checks: strings.Fields(f.Tag.Get("check")),
	}
	prefix := variablePrefix
	if parent.path != "" {
		s.path, s.field = parent.path+"."+name, parent.field+"."+f.Name
		prefix = parent.variable
		if prefix != "" {
			prefix += "_"
		}
	}
	if prefix != "" && f.Tag.Get("env") != "-" {
		s.variable = prefix + strings.ToUpper(name)
	}
	return s, true
}

// addrSettings are the two that Go's Addr joins.
func addrSettings(s setting) []setting {
	host, port := s, s
	host.path, host.variable, host.typ = "host", variablePrefix+"HOST", reflect.TypeFor[string]()
	port.path, port.variable, port.typ = "port", variablePrefix+"PORT", reflect.TypeFor[int]()
	cut := strings.LastIndexByte(s.fallback, ':')
	host.fallback, port.fallback = s.fallback[:cut], s.fallback[cut+1:]
	port.checks = []string{"min=0", "max=65535"}
	return []setting{host, port}
}

// isAddr tells the two parts of Addr, which have no field of their own.
func (s *setting) isAddr() bool { return s.field == "Addr" }

// onByDefault tells a section that is on where nothing is said of it.
func (s *section) onByDefault() bool { return s.fallback == "on" }

// base is the type behind a pointer.
func (s *setting) base() reflect.Type {
	if s.typ.Kind() == reflect.Pointer {
		return s.typ.Elem()
	}
	return s.typ
}

// inner is the struct of a section, or of each element of a list.
func (s *section) inner() reflect.Type {
	if s.list {
		return s.typ.Elem()
	}
	return s.base()
}

// isSecret tells what must not be shown, also not in a fault.
func (s *setting) isSecret() bool {
	base := s.base()
	if base.Kind() == reflect.Slice {
		base = base.Elem()
	}
	return base == reflect.TypeFor[Secret]() || base == reflect.TypeFor[SecretURL]()
}

func (s *setting) isDuration() bool { return s.base() == reflect.TypeFor[time.Duration]() }

// in gives the setting's place in a Config. A section that is unset has none.
func (s *setting) in(c *Config) (reflect.Value, bool) {
	v := reflect.ValueOf(c).Elem().Field(s.index[0])
	for _, i := range s.index[1:] {
		if v.IsNil() {
			return reflect.Value{}, false
		}
		v = v.Elem().Field(i)
	}
	return v, true
}

// name is the last part of a path: the setting's own Python name.
func (s *setting) name() string { return s.path[strings.LastIndexByte(s.path, '.')+1:] }

// goName is the last part of the field's name.
func (s *setting) goName() string { return s.field[strings.LastIndexByte(s.field, '.')+1:] }

// find gives the section of a name.
func (t *table) find(name string) *section {
	for i := range t.sections {
		if t.sections[i].path == name {
			return &t.sections[i]
		}
	}
	return nil
}

// all gives every setting that has one place: those of lists have many.
func (t *table) all() []*setting {
	var out []*setting
	for i := range t.plain {
		out = append(out, &t.plain[i])
	}
	for i := range t.sections {
		for j := range t.sections[i].settings {
			if t.sections[i].list {
				break
			}
			out = append(out, &t.sections[i].settings[j])
		}
	}
	return out
}
