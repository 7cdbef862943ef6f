//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/spikard/spikard-go/pybridge"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// loadTestApp runs an app on whatever Python there is; none skips the test.
// The suite in tests/engine runs on the embedded one in any case.
func loadTestApp(t testing.TB, source string) *app {
	t.Helper()
	engine := New(Options{})
	if err := engine.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "app.py"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	loaded, err := engine.Load(t.Context(), pybridge.AppSpec{Target: "app", Dir: dir})
	if err != nil {
		t.Skipf("no python to load an app with: %v", err)
	}
	t.Cleanup(func() {
		if err := loaded.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := engine.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return loaded.(*app)
}
