package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args     []string
		code     int
		out, err string
	}{
		"nothing":         {nil, 2, "", "usage: spikard COMMAND"},
		"help":            {[]string{"help"}, 0, "pyconfig   prepares a build", ""},
		"-h":              {[]string{"-h"}, 0, "usage: spikard COMMAND", ""},
		"help of one":     {[]string{"help", "pyconfig"}, 0, "usage: spikard pyconfig", ""},
		"its own":         {[]string{"pyconfig", "-h"}, 0, "usage: spikard pyconfig", ""},
		"its arguments":   {[]string{"pyconfig", "-json"}, 2, "", "-json goes with -list"},
		"unknown":         {[]string{"pyconfg"}, 2, "", `spikard: there is no command "pyconfg"; "spikard help" lists`},
		"help of unknown": {[]string{"help", "pyconfg"}, 2, "", "there is no command"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs strings.Builder
			if code := run(t.Context(), tt.args, &out, &errs); code != tt.code {
				t.Errorf("code is %d, want %d", code, tt.code)
			}
			for got, want := range map[string]string{out.String(): tt.out, errs.String(): tt.err} {
				if !strings.Contains(got, want) || (want == "") != (got == "") {
					t.Errorf("it prints %q, want %q", got, want)
				}
			}
		})
	}
}

// What prepares for cgo and Python must need neither.
func TestBuildsWithoutCgo(t *testing.T) {
	t.Parallel()
	build := exec.Command("go", "build", "-o", filepath.Join(t.TempDir(), "spikard"), ".")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	list := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".")
	out, err := list.Output()
	want := "github.com/spikard/spikard-go/spikard/cmd/spikard/internal/pyconfig\ngithub.com/spikard/spikard-go/spikard/cmd/spikard\n"
	if err != nil || string(out) != want {
		t.Errorf("it is made of\n%s%v; want\n%s", out, err, want)
	}
}
