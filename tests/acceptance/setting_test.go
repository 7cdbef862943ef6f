package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pythonClasses reads the fields of the settings classes from their source.
func pythonClasses(t *testing.T) map[string][]string {
	t.Helper()
	root, err := moduleRoot(workingDirectory(t))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "pybridge", "python", "spikard", "_config*.py"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no settings in Python: %v", err)
	}
	class := regexp.MustCompile(`^class (\w+)\(Config\):`)
	field := regexp.MustCompile(`^    ([a-z]\w*): `)
	fields := map[string][]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		in := ""
		for line := range strings.Lines(string(text)) {
			if m := class.FindStringSubmatch(line); m != nil {
				in = m[1]
			} else if m := field.FindStringSubmatch(line); m != nil && in != "" {
				fields[in] = append(fields[in], m[1])
			}
		}
	}
	return fields
}

// TestSettingsExist compares the tables with the Python API.
func TestSettingsExist(t *testing.T) {
	t.Parallel()
	classes := pythonClasses(t)
	for name, s := range sections {
		if !slices.Contains(classes["ServerConfig"], name) {
			t.Errorf("ServerConfig has no %s", name)
		}
		s.checkFields(t, classes[s.class])
	}
	staticSection.checkFields(t, classes[staticSection.class])
	for _, name := range append(slices.Collect(maps.Keys(plainSettings)), staticSetting) {
		if !slices.Contains(classes["ServerConfig"], name) {
			t.Errorf("ServerConfig has no %s", name)
		}
	}
}

func (s section) checkFields(t *testing.T, there []string) {
	t.Helper()
	for _, field := range append(strings.Fields(s.fields), slices.Collect(maps.Values(s.names))...) {
		if !slices.Contains(there, field) {
			t.Errorf("%s has no %s, but %v", s.class, field, there)
		}
	}
}

func TestTrustedRunner(t *testing.T) {
	t.Parallel()
	const forwarded = "X-Forwarded-For"
	for name, tt := range map[string]struct {
		config, header string
		want           bool
	}{
		"forwarded and limited": {`{"rate_limit":{"per_second":1,"burst":1}}`, forwarded, true},
		"not forwarded":         {`{"rate_limit":{"per_second":1,"burst":1}}`, "X-Other", false},
		"not limited":           {`{}`, forwarded, false},
		"proxies of its own":    {`{"rate_limit":{"per_second":1,"burst":1},"trusted_proxies":[]}`, forwarded, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &Case{
				App:   App{Config: decoded(t, tt.config).(map[string]any)},
				Steps: []Step{{Request: Request{Headers: map[string]string{tt.header: "192.0.2.1"}}}},
			}
			if got := trustedRunner(c) != ""; got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}
