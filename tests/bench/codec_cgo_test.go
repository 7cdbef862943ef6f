//go:build cgo

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// notOrjson stands in for orjson: what is tested is that everything runs.
const notOrjson = `
from json import dumps, loads
`

// TestCodec takes each step of the codec's mode once.
func TestCodec(t *testing.T) {
	site := t.TempDir()
	if err := os.WriteFile(filepath.Join(site, "orjson.py"), []byte(notOrjson), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(siteVariable, site)
	scan, err := buildScanner(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	python, err := openCodec(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := python.close(); err != nil {
			t.Error(err)
		}
	}()
	b := newCodecBody("small", `true`, func(i int) any { return []int{i} })
	if err := scan.use(b.text); err != nil {
		t.Fatal(err)
	}
	if took, err := scan.time(t.Context(), b.schema); err != nil || took <= 0 {
		t.Errorf("scanned in %v, %v", took, err)
	}
	got, err := python.turn(t.Context(), b)
	if err != nil || got.loads <= 0 || got.build <= 0 || got.dumps <= 0 || got.answer <= 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}
