//go:build cgo && (linux || darwin) && (amd64 || arm64)

package asyncio

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// outcomes are how the tests of a module went, by name.
type outcomes struct {
	Words   map[string]string `json:"words"`
	Reasons map[string]string `json:"reasons"` // of those that did not pass
}

// word is a test's; what passed on the second try has passed.
func (o outcomes) word(name string) string {
	word, ok := o.Words[name]
	switch {
	case !ok:
		return "missing"
	case strings.HasPrefix(word, "passed"):
		return "passed"
	}
	return word
}

// count is how many tests have a word.
func (o outcomes) count(word string) (n int) {
	for name := range o.Words {
		if o.word(name) == word {
			n++
		}
	}
	return n
}

// patience is more than run.py's own limit, which shows where a test hangs.
const patience = 11 * time.Minute

// runBoth runs a module on both loops.
func runBoth(t *testing.T, p python, module string, leave []string) (stock, ours outcomes) {
	t.Helper()
	dir := t.TempDir()
	var both sync.WaitGroup
	run := func(result *outcomes, name string, args []string, env ...string) {
		both.Go(func() {
			var err error
			if *result, err = runOne(t.Context(), filepath.Join(dir, name), args, env); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	script, err := filepath.Abs("run.py")
	if err != nil {
		t.Fatal(err)
	}
	run(&stock, "stock", []string{p.Executable, script, module, filepath.Join(dir, "stock", "out")})
	run(&ours, "ours", []string{os.Args[0]}, "SPIKARD_PYTHON="+p.Executable, childModule+"="+module,
		childOut+"="+filepath.Join(dir, "ours", "out"), childLeaves+"="+strings.Join(leave, " "))
	both.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return stock, ours
}

// runOne runs a command in a folder of its own, in which it leaves its outcomes.
func runOne(ctx context.Context, dir string, args, env []string) (result outcomes, err error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return result, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if text, err := cmd.CombinedOutput(); err != nil {
		return result, fmt.Errorf("%w\n%s", err, text)
	}
	text, err := os.ReadFile(filepath.Join(dir, "out"))
	if err == nil {
		err = json.Unmarshal(text, &result)
	}
	return result, err
}
