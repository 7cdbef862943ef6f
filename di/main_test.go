package di_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/spikard/spikard-go/di"
	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the golden files in testdata anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// golden compares text with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run the test with -update to write it", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("differs from %s; run the test with -update and look at the change\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

// value is a Build that gives v and has no clean-up.
func value(v any) di.BuildFunc {
	return func(context.Context, []any) (any, func(error) error, error) { return v, nil, nil }
}

// provider is a Go provider of the class with the given name. Needs that begin
// with "?" are optional.
func provider(name string, lifetime di.Lifetime, line int, needs ...string) di.Provider {
	p := di.Provider{
		Key: di.TypeKey(name), Lifetime: lifetime, Name: "new_" + name,
		Source: di.Source{File: "app.py", Line: line}, Build: value(name),
	}
	for i, need := range needs {
		n := di.Need{Source: di.Source{File: "app.py", Line: line + i + 1}}
		if need[0] == '?' {
			n.Optional, need = true, need[1:]
		}
		n.Key = di.TypeKey(need)
		p.Needs = append(p.Needs, n)
	}
	return p
}

func foreign(name string, lifetime di.Lifetime, line int, needs ...string) di.Provider {
	p := provider(name, lifetime, line, needs...)
	p.Build, p.Foreign = nil, line
	return p
}

// handler is a root need of the class with the given name.
func handler(by, name string, line int) di.Need {
	return di.Need{Key: di.TypeKey(name), By: "handler " + by, Source: di.Source{File: "routes.py", Line: line}}
}

func registry(providers ...di.Provider) *di.Registry {
	r := di.NewRegistry()
	for _, p := range providers {
		r.Add(p)
	}
	return r
}

// compile seals, starts and compiles, and fails the test if any of it fails.
func compile(t testing.TB, r *di.Registry, needs ...di.Need) *di.Plan {
	t.Helper()
	if err := r.Seal(needs); err != nil {
		t.Fatal(err)
	}
	plan, err := r.Compile(needs)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return plan
}
