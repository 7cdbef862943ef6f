//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/spikard/spikard-go/pybridge"
)

func TestEmbeddedFilesKeepTheirNames(t *testing.T) {
	t.Parallel()
	p, err := placeOf(pybridge.AppSpec{Target: "app", FS: fstest.MapFS{"app.py": {Data: []byte("x = 1\n")}}})
	if err != nil {
		t.Fatal(err)
	}
	exc := pybridge.Exception{
		Message: "no " + p.dir + "/data", File: p.dir + "/app.py",
		Traceback: `File "` + p.dir + `/app.py", line 1`,
	}
	p.plainException(&exc)
	want := pybridge.Exception{Message: "no data", File: "app.py", Traceback: `File "app.py", line 1`}
	if exc != want {
		t.Errorf("got %+v", exc)
	}
	if got := p.source(p.dir+"/shop/app.py", 3).String(); got != "shop/app.py:3" {
		t.Errorf("got %s", got)
	}
	p.discard()
	if _, err := os.Stat(p.dir); !os.IsNotExist(err) {
		t.Errorf("the folder is left: %v", err)
	}
}

func TestFilesOnDiskKeepTheirPaths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p, err := placeOf(pybridge.AppSpec{Target: "app", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	p.discard()
	if got := p.plain(dir + "/app.py"); got != dir+"/app.py" {
		t.Errorf("got %s", got)
	}
	if p.module != "app" || p.attribute != "app" {
		t.Errorf("got %s:%s", p.module, p.attribute)
	}
}
