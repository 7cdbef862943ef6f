package pybridgetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/spikard/spikard-go/pybridge"
)

const minimalApp = `
from spikard import Spikard
app = Spikard()
@app.get("/")
def index():
    return "ok"
`

func testLoadErrors(t *testing.T, s *suite) {
	engine := s.start(t)
	for _, c := range []struct {
		name, target, source string
		exception            string
		line                 int
		mentions             string
	}{
		{"syntax", "app:app", "x = 1\ndef f(:\n", "SyntaxError", 2, "app.py:2"},
		{"missing module", "nope:app", minimalApp, "ModuleNotFoundError", 0, "there is no nope.py in"},
		{"missing import", "app:app", "import no_such_package\n", "ModuleNotFoundError", 1, "install it for the python in use"},
		{"missing attribute", "app:nope", minimalApp, "TypeError", 0, "did you mean app:app?"},
		{"no app in it", "app:app", "x = 1\n", "TypeError", 0, "write `app = Spikard()`"},
		{"not an app", "app:x", minimalApp + "x = 1\n", "TypeError", 0, "app:x is a int, not a Spikard app"},
		{"raises", "app:app", "import os\nraise LookupError('at import')\n", "LookupError", 2, "at import"},
		{"exits", "app:app", "import sys\nsys.exit('usage')\n", "SystemExit", 2, "usage"},
		{"recursion", "app:app", "def f(): f()\nf()\n", "RecursionError", 1, "app.py:1"},
		{"no module", ":app", minimalApp, "", 0, "the target has no module"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := writeFiles(t, files{"app.py": c.source})
			_, err := engine.Load(t.Context(), pybridge.AppSpec{Target: c.target, Dir: dir})
			var failed *pybridge.LoadError
			if !errors.As(err, &failed) {
				t.Fatalf("got %v, want a LoadError", err)
			}
			if !strings.Contains(err.Error(), c.mentions) {
				t.Errorf("%q is not in: %v", c.mentions, err)
			}
			if c.exception != "" && (failed.Exception == nil || failed.Exception.Type != c.exception) {
				t.Errorf("exception %v, want a %s", failed.Exception, c.exception)
			}
			if failed.Source.Line != c.line {
				t.Errorf("line %d, want %d", failed.Source.Line, c.line)
			}
			if c.target == "app:app" {
				loadsWhenFixed(t, engine, dir)
			}
		})
	}
}

func loadsWhenFixed(t *testing.T, engine pybridge.Engine, dir string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "app.py"), []byte(minimalApp), 0o644); err != nil {
		t.Fatal(err)
	}
	app, err := engine.Load(t.Context(), pybridge.AppSpec{Target: "app", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func shop(name string) files {
	return files{
		"app.py": `
from spikard import Spikard
from helper import NAME
import pack.inner
app = Spikard()

class Book: pass

@app.get("/name")
def name():
    return [NAME, pack.inner.NAME, __name__, Book.__module__]
`,
		"helper.py":        "NAME = '" + name + "'\n",
		"pack/__init__.py": "",
		"pack/inner.py":    "from helper import NAME\n",
	}
}

// Two apps have modules of the same names.
func testSideBySide(t *testing.T, s *suite) {
	engine := s.start(t)
	for range 2 {
		a := s.loadFiles(t, engine, shop("a"))
		a.answers("/name", nil, `["a","a","app","app"]`)
		b := s.loadFiles(t, engine, shop("b"))
		b.answers("/name", nil, `["b","b","app","app"]`)
		a.answers("/name", nil, `["a","a","app","app"]`)
		a.close()
		b.answers("/name", nil, `["b","b","app","app"]`)
		c := s.loadFiles(t, engine, shop("c"))
		c.answers("/name", nil, `["c","c","app","app"]`)
		b.close()
		c.close()
	}
	files := fstest.MapFS{"app.py": {Data: []byte("import os.path\n\nraise ValueError(os.path.basename(__file__))\n")}}
	_, err := engine.Load(t.Context(), pybridge.AppSpec{Target: "app", FS: files})
	var failed *pybridge.LoadError
	if !errors.As(err, &failed) || failed.Source.String() != "app.py:3" {
		t.Errorf("embedded files: %v", err)
	}
}

func testCompile(t *testing.T, s *suite) {
	r := s.load(t, minimalApp)
	step := func(callable int, args ...int) *pybridge.Step { return &pybridge.Step{Callable: callable, Args: args} }
	for name, p := range map[string]pybridge.Program{
		"no such callable":   {Handler: step(7)},
		"negative callable":  {Handler: step(-1)},
		"too many arguments": {Handler: step(0, 0), Inputs: []pybridge.Input{{Callable: -1}}},
		"no such output":     {Outputs: []int{0}},
	} {
		if _, err := r.app.Compile(p); err == nil {
			t.Errorf("%s: was compiled", name)
		}
	}
}

func testStopAndStart(t *testing.T, s *suite) {
	engine := s.newEngine(t)
	ctx := context.Background()
	dir := writeFiles(t, files{"app.py": minimalApp})
	if _, err := engine.Load(ctx, pybridge.AppSpec{Target: "app", Dir: dir}); !errors.Is(err, pybridge.ErrNotStarted) {
		t.Errorf("load before start: %v", err)
	}
	for range 3 {
		if err := engine.Start(ctx); err != nil {
			t.Fatal(err)
		}
		loadsWhenFixed(t, engine, dir)
		if engine.Info().Version == "" {
			t.Error("no version is known while an app was loaded")
		}
		if err := engine.Stop(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := engine.Load(ctx, pybridge.AppSpec{Target: "app", Dir: dir}); !errors.Is(err, pybridge.ErrNotStarted) {
			t.Errorf("load after stop: %v", err)
		}
	}
}
