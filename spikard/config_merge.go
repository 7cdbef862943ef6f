package spikard

import (
	"errors"
	"fmt"
	"net"
	"reflect"
	"slices"
	"strings"
)

// given is a value, and where it is from. A section's is a bool: whether it is
// on.
type given struct {
	value  reflect.Value
	origin origin
}

// layer is what one source sets, by path.
type layer map[string]given

// drop takes settings out and gives the names of those that were there.
func (l layer) drop(paths ...string) []string {
	var names []string
	for _, path := range paths {
		if found, ok := l[path]; ok {
			names = append(names, found.origin.name)
			delete(l, path)
		}
	}
	return names
}

// names tells whether the layer has one of these settings.
func (l layer) names(paths ...string) bool {
	return slices.ContainsFunc(paths, func(path string) bool { _, ok := l[path]; return ok })
}

// namesIn tells whether the layer has a setting of a section.
func (l layer) namesIn(s *section) bool {
	return slices.ContainsFunc(s.settings, func(one setting) bool { return l.names(one.path) })
}

// merging is a Config on its way from Go's fields to the effective ones.
type merging struct {
	table       table
	config      Config
	origins     origins
	environment layer
	python      layer
	// idle are the environment's variables that Go's fields silence.
	idle []string
}

// effective makes the configuration that all sources have a part in. Its defaults
// are still unset.
//
// # Errors
//
// All faults, one for each setting.
func effective(c Config, environ []string, apps []*pythonApp) (*merging, []error) {
	environment, faults := readEnvironment(environ)
	python, others := pythonLayer(apps)
	merged := merge(c, environment, python)
	return merged, onceEach(slices.Concat(faults, others, merged.config.faults()))
}

// onceEach leaves out what else is said of a setting that can't be read, as that
// it is missing.
func onceEach(faults []error) []error {
	told := map[string]bool{}
	return slices.DeleteFunc(faults, func(err error) bool {
		var fault *ConfigError
		if !errors.As(err, &fault) {
			return false
		}
		repeats := told[fault.Field]
		told[fault.Field] = true
		return repeats
	})
}

// merge lays the layers under the fields that Go sets.
func merge(c Config, environment, python layer) *merging {
	m := &merging{table: newTable(), config: c.cloned(), environment: environment, python: python}
	m.origins = m.table.fromGoAlone(&m.config)
	m.settleTogether()
	for i := range m.table.plain {
		if s := &m.table.plain[i]; !s.isAddr() {
			m.take(s)
		}
	}
	m.takeAddr()
	for i := range m.table.sections {
		m.takeSection(&m.table.sections[i])
	}
	m.config.origins = m.origins
	return m
}

// settleTogether settles what is only meaningful together, so that no source
// gets half of it: the address to listen on, and the two TLS files.
func (m *merging) settleTogether() {
	const host, port, socket, cert, key = "host", "port", "unix_socket", "tls_cert_file", "tls_key_file"
	switch c := &m.config; {
	case c.Addr != "" || c.UnixSocket != "":
		m.idle = append(m.idle, m.environment.drop(host, port, socket)...)
		m.python.drop(host, port, socket)
	case m.environment.names(socket):
		m.python.drop(host, port, socket)
	case m.environment.names(host, port):
		m.python.drop(socket)
	}
	if m.config.TLSCertFile != "" || m.config.TLSKeyFile != "" {
		m.idle = append(m.idle, m.environment.drop(cert, key)...)
		m.python.drop(cert, key)
	}
	if m.environment.names(cert, key) {
		m.python.drop(cert, key)
	}
}

// take sets a plain setting that Go doesn't.
func (m *merging) take(s *setting) {
	v, _ := s.in(&m.config)
	if !v.IsZero() {
		m.idle = append(m.idle, m.environment.drop(s.path)...)
		return
	}
	for _, l := range []layer{m.environment, m.python} {
		if found, ok := l[s.path]; ok {
			v.Set(found.value)
			m.origins[s.path] = found.origin
			return
		}
	}
}

// takeAddr joins the host and the port, which may be from two sources.
func (m *merging) takeAddr() {
	if !m.environment.names("host", "port") && !m.python.names("host", "port") {
		return
	}
	host, port, _ := net.SplitHostPort(m.table.addr)
	parts := map[string]*string{"host": &host, "port": &port}
	for _, l := range []layer{m.python, m.environment} {
		for path, part := range parts {
			if found, ok := l[path]; ok {
				*part = fmt.Sprint(found.value)
				m.origins[path] = found.origin
			}
		}
	}
	m.config.Addr = net.JoinHostPort(strings.Trim(host, "[]"), port)
}

// takeSection makes a section that Go leaves alone from the others' settings.
func (m *merging) takeSection(s *section) {
	v := reflect.ValueOf(&m.config).Elem().Field(s.index[0])
	if !v.IsNil() {
		m.idle = append(m.idle, m.environment.drop(s.path)...)
		for _, one := range s.settings {
			m.idle = append(m.idle, m.environment.drop(one.path)...)
		}
		return
	}
	if s.list {
		m.takeList(s, v)
		return
	}
	on, from, said := m.switched(s)
	if !said {
		return
	}
	m.origins[s.path] = from
	switch {
	case on:
		v.Set(reflect.New(s.base()))
		for i := range s.settings {
			m.take(&s.settings[i])
		}
	case s.onByDefault():
		v.Set(reflect.New(s.base()))
		v.Elem().FieldByName("Off").SetBool(true)
	}
}

// switched tells whether a section is on, and who says so. The environment's
// word counts; a variable of one of its settings turns on what Python doesn't
// mention, and only that.
func (m *merging) switched(s *section) (on bool, from origin, said bool) {
	for _, l := range []layer{m.environment, m.python} {
		if found, ok := l[s.path]; ok {
			return found.value.Bool(), found.origin, true
		}
	}
	return true, origin{inEnvironment, s.variable}, m.environment.namesIn(s)
}

// takeList takes Python's list.
func (m *merging) takeList(s *section, to reflect.Value) {
	found, ok := m.python[s.path]
	if !ok {
		return
	}
	to.Set(found.value)
	m.origins[s.path] = found.origin
	for i := range to.Len() {
		m.origins[element(s.path, i)] = m.python[element(s.path, i)].origin
	}
}
