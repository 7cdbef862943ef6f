package locate

import (
	"os"
	"path/filepath"
	"testing"
)

// TestLinked has a program that is linked with a library.
func TestLinked(t *testing.T) {
	t.Parallel()
	root, all := places(t)
	linked := filepath.Join(root, "linked")
	installation(t, linked, 12, nil)
	must(t, os.Rename(filepath.Join(linked, "bin/python3"), filepath.Join(linked, "bin/python3.12")))
	library := filepath.Join(linked, "lib/libpython3.12.so.1.0")

	alone := Request{Linked: library, AppDir: root, Embedded: all.Embedded, Getenv: env("PATH", all.Getenv("PATH"))}
	found, err := Find(t.Context(), alone)
	if err != nil {
		t.Fatal(err)
	}
	if found.Origin != OriginLinked || found.Library != library || found.Prefix != linked {
		t.Errorf("without a choice: %+v", found)
	}

	all.Linked = library
	for name, change := range map[string]func(*Request){
		"option":   func(*Request) {},
		"variable": func(r *Request) { r.Explicit = "" },
	} {
		r := all
		change(&r)
		found, err := Find(t.Context(), r)
		requireError(t, found, err, name+"/bin/python3", "this program is linked with "+library, "spikard pyconfig -python")
	}

	venv := filepath.Join(root, "venv")
	installation(t, venv, 12, func(r *report) { r.BasePrefix, r.LibDir = linked, filepath.Join(linked, "lib") })
	write(t, filepath.Join(venv, "pyvenv.cfg"), "home = "+linked+"/bin\n", 0o600)
	alone.Explicit = venv
	if found, err = Find(t.Context(), alone); err != nil {
		t.Fatal(err)
	}
	if found.Origin != OriginOption || found.Library != library || found.Prefix != venv {
		t.Errorf("an environment of it: %+v", found)
	}
}
