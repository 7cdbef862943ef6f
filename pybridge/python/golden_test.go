package python_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

// What Python writes is exactly what Go reads: no member is unknown to Go, and
// Go's own writing of it holds the same.
func TestGoldenManifestsAreGoManifests(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("tests/golden/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files (%v)", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var m pybridge.Manifest
			decoder := json.NewDecoder(bytes.NewReader(text))
			decoder.DisallowUnknownFields()
			if err := decoder.Decode(&m); err != nil {
				t.Fatal(err)
			}
			if m.Version != pybridge.ManifestVersion {
				t.Errorf("version is %d, want %d", m.Version, pybridge.ManifestVersion)
			}
			again, err := json.Marshal(&m)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := generic(t, again), generic(t, text); !reflect.DeepEqual(got, want) {
				t.Errorf("Go writes\n%v\nfor\n%v", got, want)
			}
		})
	}
}

func generic(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
