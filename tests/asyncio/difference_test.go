//go:build cgo && (linux || darwin) && (amd64 || arm64)

package asyncio

import (
	"fmt"
	"os"
	"path"
	"strings"
	"testing"
)

// leftOut is the word for a test that is not run on the engine's loop.
const leftOut = "left out"

// difference is what a line of testdata/differences.txt says of some tests.
type difference struct {
	reason      string
	first, last int    // minor versions of Python 3
	word        string // how the tests go on the engine's loop
	pattern     string // of their names
	met         map[int]bool
}

func (d *difference) covers(minor int, name string) bool {
	ok, err := path.Match(d.pattern, name)
	return err == nil && ok && d.first <= minor && minor <= d.last
}

// isOf tells whether it is about tests of a module.
func (d *difference) isOf(module string) bool { return strings.HasPrefix(d.pattern, module+".") }

// readDifferences reads the file: a reason ends with a colon, and the lines below it
// are "3.10-3.13 failed module.Class.test", with the patterns of path.Match.
func readDifferences(t *testing.T) []*difference {
	t.Helper()
	text, err := os.ReadFile("testdata/differences.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []*difference
	var reason []string
	inReason := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case inReason || !strings.HasPrefix(line, "3."):
			if !inReason {
				reason = nil
			}
			reason = append(reason, strings.TrimSuffix(line, ":"))
			inReason = !strings.HasSuffix(line, ":")
		default:
			out = append(out, parseDifference(t, line, strings.Join(reason, " ")))
		}
	}
	return out
}

func parseDifference(t *testing.T, line, reason string) *difference {
	t.Helper()
	d := &difference{reason: reason, met: map[int]bool{}}
	versions, rest, _ := strings.Cut(line, " ")
	at := strings.LastIndex(rest, " ")
	if n, _ := fmt.Sscanf(versions, "3.%d-3.%d", &d.first, &d.last); n == 1 {
		d.last = d.first
	}
	if d.first == 0 || at < 0 || reason == "" {
		t.Fatalf("differences.txt: %q is no difference", line)
	}
	d.word, d.pattern = rest[:at], rest[at+1:]
	if _, err := path.Match(d.pattern, ""); err != nil {
		t.Fatalf("differences.txt: %q: %v", line, err)
	}
	return d
}
