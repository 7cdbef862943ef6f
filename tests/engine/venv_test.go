//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

const venvApp = `
import multiprocessing, subprocess, sys
import in_the_venv
from spikard import Spikard
app = Spikard()

def prefix():
    return sys.prefix

@app.get("/")
def index():
    code = "import in_the_venv, sys; print(sys.prefix)"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    with multiprocessing.Pool(1) as pool:
        spawned = pool.apply(prefix)
    return [sys.executable, sys.prefix, child.stdout.strip(), spawned]
`

// TestVenv runs an app with the Python of a virtual environment: its packages
// import, and Python knows where it is, in this process and in its children.
func TestVenv(t *testing.T) {
	if os.Getenv(asChild) != "" {
		t.Skip("run in processes of its own")
	}
	ran := false
	for _, c := range candidates(t.Context()) {
		if c.skip != "" {
			continue
		}
		ran = true
		t.Run(c.version, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "venv")
			out, err := exec.CommandContext(t.Context(), c.executable, "-m", "venv", "--without-pip", dir).CombinedOutput()
			if err != nil {
				t.Skipf("no virtual environment can be made: %v\n%s", err, out)
			}
			site := filepath.Join(dir, "lib", "python"+c.version, "site-packages", "in_the_venv.py")
			if err := os.WriteFile(site, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			inChild(t, dir, "TestVenvChild")
		})
	}
	if !ran {
		t.Skip("no python is installed that could make a virtual environment")
	}
}

// TestVenvChild is run by TestVenv.
func TestVenvChild(t *testing.T) {
	dir := os.Getenv(asChild)
	if dir == "" {
		t.Skip("run by TestVenv, in processes of their own")
	}
	ctx := context.Background()
	engine := chosen.New(cpython.Options{})
	if err := engine.Start(ctx); err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"app.py": {Data: []byte(venvApp)}}
	app, err := engine.Load(ctx, pybridge.AppSpec{Target: "app", FS: files})
	if err != nil {
		t.Fatal(err)
	}
	program, err := app.Compile(pybridge.Program{Handler: &pybridge.Step{Kind: pybridge.StepHandler}})
	if err != nil {
		t.Fatal(err)
	}
	result, err := program.Call(ctx, nil, pybridge.CallInfo{})
	if err != nil {
		t.Fatal(err)
	}
	want := `["` + dir + `/bin/python","` + dir + `","` + dir + `","` + dir + `"]`
	got := string(result.Body)
	if result.Exception != nil {
		t.Errorf("%v\n%s", result.Exception, result.Exception.Traceback)
	} else if got != want && got != `["`+dir+`/bin/python3","`+dir+`","`+dir+`","`+dir+`"]` {
		t.Errorf("executable and prefixes: got %s, want %s", got, want)
	}
	result.Release()
	if err := app.Close(ctx); err != nil {
		t.Error(err)
	}
	if err := engine.Stop(ctx); err != nil {
		t.Error(err)
	}
}
