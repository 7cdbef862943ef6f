package spikard_test

import (
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
)

// TestDependencyErrors compares what routes with faulty dependencies answer.
func TestDependencyErrors(t *testing.T) {
	t.Parallel()
	engine := pybridgetest.New()
	app := engine.App("app:app")
	needs := func(name string, keys ...string) pybridgetest.Func {
		f := answers(name, nil)
		for _, key := range keys {
			f.Params = append(f.Params, inject("of_"+strings.ReplaceAll(key, ".", "_"), key))
		}
		return f
	}
	app.Provide("a", "request", needs("app.make_a", "b"))
	app.Provide("b", "request", needs("app.make_b", "a"))
	app.Provide("kept", "singleton", needs("app.make_kept", "short"))
	app.Provide("short", "request", needs("app.make_short"))
	app.Provide("twice", "request", needs("app.make_one"))
	app.Provide("twice", "request", needs("app.make_another"))
	for path, keys := range map[string][]string{
		"/missing": {"gone", "__type__store.Store"}, "/cycle": {"b"}, "/lifetime": {"kept"}, "/duplicate": {"twice"},
		"/mixed": {"gone", "b"}, "/well": {"short"},
	} {
		app.Get(path, needs("app.get"+strings.ReplaceAll(path, "/", "_"), keys...))
	}
	s := serve(t, engine, spikard.Config{ServeWithFaults: true}, spikard.PythonApp("app:app"))
	if got := s.get(t, "/well"); got.StatusCode != 200 {
		t.Errorf("a route without faults answers %d %s", got.StatusCode, got.text)
	}
	const (
		head   = `{"type":"https://spikard.dev/errors/dependency-error","title":"Dependency Resolution Failed","status":500,"detail":`
		gone   = `{"type":"missing_dependency","msg":"Dependency 'gone' is not registered","dependency_key":"gone"}`
		circle = `{"type":"circular_dependency","msg":"Circular dependency detected in dependency graph","cycle":["b","a","b"]}`
	)
	for path, want := range map[string]string{
		"/missing": `"Required dependency not found","errors":[` + gone + `,{"type":"missing_dependency",` +
			`"msg":"Dependency 'store.Store' is not registered","dependency_key":"store.Store"}]}`,
		"/cycle": `"Circular dependency detected","errors":[` + circle + `]}`,
		"/lifetime": `"Dependency resolution failed","errors":[{"type":"lifetime_mismatch",` +
			`"msg":"Dependency 'kept' outlives 'short', which it needs","dependency_key":"kept"}]}`,
		"/duplicate": `"Dependency resolution failed","errors":[{"type":"duplicate_dependency",` +
			`"msg":"Dependency 'twice' is registered more than once","dependency_key":"twice"}]}`,
		"/mixed": `"Dependency resolution failed","errors":[` + gone + `,` + circle + `]}`,
	} {
		got := s.get(t, path)
		if got.StatusCode != 500 || got.text != head+want || got.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s %s\nwant %s", path, got.StatusCode, got.Header.Get("Content-Type"), got.text, head+want)
		}
		if strings.Contains(got.text, ".py") {
			t.Errorf("%s tells the client where the fault is: %s", path, got.text)
		}
	}
	got := s.get(t, "/cycle", "Accept", "application/problem+json")
	if kind := got.Header.Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("content type %s for one who asks for a problem document", kind)
	}
}
