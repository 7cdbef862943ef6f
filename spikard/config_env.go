package spikard

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// fileSuffix makes of a secret's variable the one that names a file with it, as
// the secrets of Docker and Kubernetes are.
const fileSuffix = "_FILE"

// reservedVariables belong to the engine and to this module's own tests. Those
// that end in "_" are prefixes.
func reservedVariables() []string {
	return []string{
		"SPIKARD_PYTHON",
		"SPIKARD_ABUSE_", "SPIKARD_ACCEPTANCE", "SPIKARD_ACCEPTANCE_", "SPIKARD_BENCH_", "SPIKARD_ENGINE_",
		"SPIKARD_HAMMER_", "SPIKARD_PROPERTY_", "SPIKARD_TEST_", "SPIKARD_UPDATE",
	}
}

func isReserved(name string) bool {
	return slices.ContainsFunc(reservedVariables(), func(reserved string) bool {
		return name == reserved || strings.HasSuffix(reserved, "_") && strings.HasPrefix(name, reserved)
	})
}

// Kubernetes describes each Service to every container in variables that begin
// with the Service's name, which may be spikard:
// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
var (
	serviceVariable = regexp.MustCompile(`^SPIKARD_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)$`)
	serviceAddress  = regexp.MustCompile(`^(tcp|udp|sctp)://`)
)

func isOfKubernetes(name, value string) bool {
	return serviceVariable.MatchString(name) ||
		strings.HasSuffix(name, "_PORT") && serviceAddress.MatchString(value)
}

// readEnvironment reads the variables that set something, from a list as
// [os.Environ] gives it. One that is empty is unset.
//
// # Errors
//
// A *[ConfigError] for each variable that can't be read, and for each that
// begins with SPIKARD_ and is unknown: it may be one that was misspelt.
func readEnvironment(environ []string) (layer, []error) {
	e := environment{table: newTable(), layer: layer{}, known: map[string]reading{}}
	for _, s := range e.table.all() {
		e.learn(s)
	}
	for i := range e.table.sections {
		if s := &e.table.sections[i]; !s.list {
			e.known[s.variable] = e.readSwitch(s)
		}
	}
	environ = slices.Sorted(slices.Values(environ))
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, variablePrefix) || isReserved(name) || isOfKubernetes(name, value) {
			continue
		}
		if reason := e.read(name, value); reason != "" {
			e.faults = append(e.faults, &ConfigError{Field: name, Reason: reason})
		}
	}
	return e.layer, e.faults
}

// environment is an environment that is being read.
type environment struct {
	table  table
	layer  layer
	known  map[string]reading
	faults []error
}

// reading reads one variable, and says what is wrong with it.
type reading func(name, value string) string

func (e *environment) learn(s *setting) {
	e.known[s.variable] = func(name, value string) string {
		v, err := s.parse(value)
		return e.set(s, name, v, err)
	}
	if s.isSecret() {
		e.known[s.variable+fileSuffix] = func(name, path string) string {
			v, err := s.parseFile(path)
			return e.set(s, name, v, err)
		}
	}
}

func (e *environment) read(name, value string) string {
	read, known := e.known[name]
	switch {
	case !known:
		return e.unknown(name)
	case value == "":
		return ""
	}
	return read(name, value)
}

func (e *environment) set(s *setting, name string, v reflect.Value, err error) string {
	if err != nil {
		return err.Error()
	}
	if other, both := e.layer[s.path]; both {
		return fmt.Sprintf("%s is set, too: set one", other.origin.name)
	}
	e.layer[s.path] = given{v, origin{inEnvironment, name}}
	return ""
}

// readSwitch reads the variable of a section, which turns all of it on or off.
func (e *environment) readSwitch(s *section) reading {
	return func(name, value string) string {
		on, ok := parseFlag(strings.TrimSpace(value))
		if !ok {
			return fmt.Sprintf("%q is neither on nor off; its settings are %s_%s and so on",
				value, name, strings.ToUpper(s.settings[0].name()))
		}
		e.layer[s.path] = given{reflect.ValueOf(on), origin{inEnvironment, name}}
		return ""
	}
}

// parseFile reads a secret from a file, or several from its lines.
func (s *setting) parseFile(path string) (reflect.Value, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return reflect.Value{}, err
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if text == "" {
		return reflect.Value{}, fmt.Errorf("%s is empty", path)
	}
	if s.typ.Kind() != reflect.Slice {
		return s.parse(text)
	}
	list := reflect.New(s.typ).Elem()
	setList(list, strings.Split(text, "\n"))
	return list, nil
}

// unknown says what may have been meant.
func (e *environment) unknown(name string) string {
	for i := range e.table.sections {
		if s := &e.table.sections[i]; s.list && strings.HasPrefix(name, variablePrefix+strings.ToUpper(s.path)) {
			return fmt.Sprintf("%s can't be set from the environment: use Config.%s or ServerConfig.%s", s.path, s.field, s.path)
		}
	}
	meant := map[string][]string{}
	for variable := range e.known {
		meant[variable] = append(meant[variable], variable)
	}
	for _, s := range e.table.all() {
		// Whoever knows the Go field may write its name.
		alias := variablePrefix + snake(s.goName())
		if _, taken := e.known[alias]; !taken && !strings.Contains(s.path, ".") {
			meant[alias] = append(meant[alias], s.variable)
		}
	}
	if near := nearest(name, meant); len(near) > 0 {
		return "there is no such setting: did you mean " + strings.Join(near, " or ") + "?"
	}
	return "there is no such setting: CONFIGURATION.md lists those there are"
}
