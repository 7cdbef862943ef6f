package spikard

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEveryFieldIsASetting(t *testing.T) {
	t.Parallel()
	structs := []reflect.Type{reflect.TypeFor[Config]()}
	table := newTable()
	for i := range table.sections {
		s := &table.sections[i]
		structs = append(structs, s.inner())
		if _, ok := s.inner().FieldByName("Off"); ok != s.onByDefault() {
			t.Errorf("%s: on by default: %t; has an Off: %t", s.field, s.onByDefault(), ok)
		}
	}
	for _, one := range structs {
		for f := range one.Fields() {
			if f.IsExported() && f.Tag.Get("setting") == "" {
				t.Errorf("%s.%s has no tag setting", one, f.Name)
			}
		}
	}
}

func TestSettingsAreWhole(t *testing.T) {
	t.Parallel()
	table := newTable()
	paths, variables := map[string]bool{}, map[string]string{}
	all := table.all()
	for i := range table.sections {
		for j := range table.sections[i].settings {
			if table.sections[i].list {
				all = append(all, &table.sections[i].settings[j])
			}
		}
	}
	for _, s := range all {
		if paths[s.path] {
			t.Errorf("%s is there twice", s.path)
		}
		paths[s.path] = true
		for _, variable := range []string{s.variable, s.variable + fileSuffix} {
			if other := variables[variable]; s.variable != "" && other != "" {
				t.Errorf("%s is the variable of %s and of %s", variable, other, s.path)
			}
		}
		variables[s.variable] = s.path
		if s.isSecret() {
			variables[s.variable+fileSuffix] = s.path
		}
		checkDefault(t, s)
	}
}

// checkDefault checks that a default can be read, and that a zero which isn't the
// default can't be given: it would turn into the default.
func checkDefault(t *testing.T, s *setting) {
	t.Helper()
	if s.fallback == "" {
		return
	}
	v, err := s.parse(s.fallback)
	if err != nil {
		t.Errorf("%s: %v", s.path, err)
		return
	}
	if reason := s.wrong(v, true); reason != "" {
		t.Errorf("%s: the default %s", s.path, reason)
	}
	if zero := reflect.Zero(s.typ); !v.IsZero() && s.typ.Kind() != reflect.Pointer && s.typ.Kind() != reflect.Slice {
		if s.wrong(zero, true) == "" && !s.isAddr() {
			t.Errorf("%s: a zero that is given is good, but turns into %s", s.path, s.fallback)
		}
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c := Config{
		CORS: &CORS{}, SecurityHeaders: &SecurityHeaders{}, Metrics: &Metrics{}, Tracing: &Tracing{},
		StaticFiles: []StaticFiles{{Directory: "www", RoutePrefix: "/"}},
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	d := c.withDefaults()
	if faults := d.faults(); len(faults) > 0 {
		t.Error(faults)
	}
	if d.ShutdownTimeout != defaultShutdownTimeout || d.Addr != "127.0.0.1:8000" || d.RequestTimeout != 30*time.Second || !*d.RequestID ||
		d.Compression == nil || *d.Compression.MinSize != 1024 || d.Health == nil || d.RateLimit != nil ||
		d.Metrics.Path != "/metrics" || *d.Tracing.SampleRatio != 1 || !*d.StaticFiles[0].IndexFile ||
		!slices.Equal(d.CORS.AllowMethods, []string{"GET", "HEAD", "POST"}) {
		t.Errorf("%+v", d)
	}
	if c.Metrics.Path != "" || c.StaticFiles[0].IndexFile != nil || c.CORS.AllowMethods != nil {
		t.Error("the user's sections were written to")
	}
	if off := (Config{Health: &Health{Off: true}, UnixSocket: "/s"}).withDefaults(); !off.Health.Off || off.Addr != "" {
		t.Errorf("%+v", off)
	}
}

// pythonOnly are settings that only ServerConfig has: this version knows one
// value of each.
var pythonOnly = []string{"workers", "graceful_shutdown", "openapi", "jsonrpc"}

// pythonSetting is a field of ServerConfig or of one of its sections.
type pythonSetting struct {
	Type    string          `json:"type"`
	Default json.RawMessage `json:"default"`
}

// pythonSettings reads the file that a test of the Python package compares with
// its dataclasses.
func pythonSettings(t *testing.T) map[string]pythonSetting {
	t.Helper()
	var out map[string]pythonSetting
	readPythonGolden(t, "settings.json", &out)
	return out
}

func readPythonGolden(t *testing.T, name string, to any) {
	t.Helper()
	text, err := os.ReadFile("../pybridge/python/tests/golden/config/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatal(err)
	}
}

func TestPythonHasTheSameSettings(t *testing.T) {
	t.Parallel()
	python := pythonSettings(t)
	for _, name := range pythonOnly {
		delete(python, name)
	}
	table := newTable()
	for _, s := range table.plain {
		comparePython(t, python, &s)
	}
	for i := range table.sections {
		section := &table.sections[i]
		want := "null"
		switch {
		case section.list:
			want = "[]"
		case section.onByDefault():
			want = `"on"`
		}
		if got := string(python[section.path].Default); got != want {
			t.Errorf("%s: Python's default is %s, not %s", section.path, got, want)
		}
		delete(python, section.path)
		for _, s := range section.settings {
			comparePython(t, python, &s)
		}
	}
	for name := range python {
		t.Errorf("Python's %s is no setting of Go's", name)
	}
}

// comparePython takes a setting out of Python's.
func comparePython(t *testing.T, python map[string]pythonSetting, s *setting) {
	t.Helper()
	theirs, there := python[s.path]
	if !there {
		t.Errorf("Python has no %s", s.path)
		return
	}
	delete(python, s.path)
	words := map[reflect.Kind]string{reflect.Bool: "bool", reflect.Int: "int", reflect.Int64: "int", reflect.Float64: "float", reflect.String: "str", reflect.Slice: "Sequence[str]"}
	word := words[s.base().Kind()]
	if s.isDuration() {
		word = "float"
	}
	if !slices.Contains(strings.Split(theirs.Type, " | "), word) {
		t.Errorf("%s: Python's type is %s, without %s", s.path, theirs.Type, word)
	}
	if required := slices.Contains(s.checks, "required"); required != (theirs.Default == nil) {
		t.Errorf("%s: required in Go: %t; Python's default: %s", s.path, required, theirs.Default)
	}
	switch {
	case theirs.Default == nil:
	case string(theirs.Default) == "null": // unset: Go's default
		if s.null != "" {
			t.Errorf("%s: None has a meaning of its own and is Python's default", s.path)
		}
	case string(theirs.Default) == "[]" || s.fallback == "":
		if s.fallback != "" || !slices.Contains([]string{"[]", "false"}, string(theirs.Default)) {
			t.Errorf("%s: Go's default is %q, Python's %s", s.path, s.fallback, theirs.Default)
		}
	default:
		ours, _ := s.parse(s.fallback)
		v, err := s.decode(theirs.Default)
		if err != nil || !reflect.DeepEqual(v.Interface(), ours.Interface()) {
			t.Errorf("%s: Go's default is %s, Python's %s (%v)", s.path, s.fallback, theirs.Default, err)
		}
	}
}
