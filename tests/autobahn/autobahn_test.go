//go:build cgo && (linux || darwin) && (amd64 || arm64)

package autobahn

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

// verdict is what the suite says of one case.
type verdict struct {
	Behavior      string `json:"behavior"`
	BehaviorClose string `json:"behaviorClose"`
}

// good are the verdicts that are no failure: NON-STRICT is a fault that the suite
// lets pass, as text that is found out late not to be UTF-8, and UNIMPLEMENTED an
// offer that the server has not taken, as a smaller window of compression.
var good = []string{"OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED"}

func TestAutobahn(t *testing.T) {
	program := os.Getenv("WSTEST")
	if program == "" {
		t.Skip("WSTEST is not set: it is the path of wstest, see the package's documentation")
	}
	dir := t.TempDir()
	writeSpec(t, dir, "ws://"+serve(t), cmp.Or(os.Getenv("WSTEST_CASES"), "*"))
	cmd := exec.CommandContext(t.Context(), program, "-m", "fuzzingclient", "-s", "spec.json")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("wstest: %v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "reports", "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var index map[string]map[string]verdict
	if err := json.Unmarshal(text, &index); err != nil {
		t.Fatal(err)
	}
	check(t, index["spikard"])
}

func check(t *testing.T, cases map[string]verdict) {
	t.Helper()
	if len(cases) == 0 {
		t.Error("no cases were run")
	}
	count := map[string]int{}
	for _, number := range slices.Sorted(maps.Keys(cases)) {
		v := cases[number]
		count[v.Behavior]++
		if !slices.Contains(good, v.Behavior) || !slices.Contains(good, v.BehaviorClose) {
			t.Errorf("case %s: %s, its end %s", number, v.Behavior, v.BehaviorClose)
		}
	}
	t.Logf("%d cases: %v", len(cases), count)
}

func serve(t *testing.T) string {
	t.Helper()
	var server *spikard.Server
	app := fx.New(fx.NopLogger, chosen.Module, spikard.Module, fx.Populate(&server),
		spikard.PythonDir(".", "app:app"),
		spikard.WithConfig(spikard.Config{Addr: "127.0.0.1:0", Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}))
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return server.Addr()
}

func writeSpec(t *testing.T, dir, url, cases string) {
	t.Helper()
	spec := map[string]any{
		"outdir":        "reports",
		"servers":       []any{map[string]any{"agent": "spikard", "url": url}},
		"cases":         []string{cases},
		"exclude-cases": []string{},
	}
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "spec.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
}
