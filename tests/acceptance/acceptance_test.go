//go:build cgo

package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// requiredVariable makes an absent case file a failure, where it is expected.
const requiredVariable = "SPIKARD_ACCEPTANCE_REQUIRED"

// floor is what floor.json holds: the counts below which no change may fall.
// The given file's hold for a file of the same size.
type floor struct {
	Own   map[Use]Count `json:"own"`
	Given map[Use]Count `json:"given"`
}

// TestAcceptance runs the cases against the real server. go test -update
// raises the floor to what it finds.
func TestAcceptance(t *testing.T) {
	root, err := moduleRoot(workingDirectory(t))
	if err != nil {
		t.Fatal(err)
	}
	kept := readFloor(t)

	t.Run("own", func(t *testing.T) { holdFloor(t, ownCases(root), &kept.Own) })
	t.Run("given", func(t *testing.T) {
		path, err := givenCases("", root)
		switch {
		case err != nil:
			t.Fatal(err)
		case path == "" && os.Getenv(requiredVariable) == "1":
			t.Fatalf("no case file at %s, though %s is 1", defaultCases(root), requiredVariable)
		case path == "":
			t.Skipf("no case file at %s (%s names another)", defaultCases(root), casesVariable)
		}
		holdFloor(t, path, &kept.Given)
	})
	if *update {
		writeFloor(t, kept)
	}
}

// TestFaultyStartIsRefused starts the apps of the cases that want a dependency
// error as any app is started, and so in vain.
func TestFaultyStartIsRefused(t *testing.T) {
	root, err := moduleRoot(workingDirectory(t))
	if err != nil {
		t.Fatal(err)
	}
	cases, err := readCases(ownCases(root))
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, c := range cases {
		s, err := styleOf(c)
		if err != nil || !s.withFaults {
			continue
		}
		source, err := s.app(c)
		if err != nil {
			t.Fatal(err)
		}
		_, stop, err := serveSpikard(t.Context(), generatedApp{source: source})
		if err == nil {
			t.Errorf("%s: the start is not refused (stopped: %v)", c.ID, stop(t.Context()))
			continue
		}
		if !strings.Contains(err.Error(), "start refused") {
			t.Errorf("%s: %v", c.ID, err)
		}
		refused++
	}
	if refused == 0 {
		t.Error("no own case wants a dependency error")
	}
}

// holdFloor runs a file's cases and compares the counts with the floor.
func holdFloor(t *testing.T, path string, floor *map[Use]Count) {
	t.Helper()
	cases, err := readCases(path)
	if err != nil {
		t.Fatal(err)
	}
	results, err := run(cases, serveSpikard)
	if err != nil {
		t.Fatal(err)
	}
	found := tally(results)
	t.Log(found)
	for _, r := range results {
		if r.Waived != "" && r.Err == nil {
			t.Errorf("%s passes, so the rule that waives it is not needed: %s", r.Case.ID, r.Waived)
		}
	}
	if *update {
		*floor = found.Uses
		return
	}
	fell := false
	for use, least := range *floor {
		got := found.Uses[use]
		if got.Of != least.Of {
			t.Logf("%s: the file has %d cases, the floor is for one with %d: not compared", use, got.Of, least.Of)
		} else if got.Passed < least.Passed {
			fell = true
			t.Errorf("%s: %d passed, the floor is %d", use, got.Passed, least.Passed)
		}
	}
	if fell {
		printFailures(t.Output(), results)
	}
}

func readFloor(t *testing.T) floor {
	t.Helper()
	text, err := os.ReadFile("floor.json")
	if err != nil {
		t.Fatal(err)
	}
	var f floor
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatalf("floor.json: %v", err)
	}
	return f
}

func writeFloor(t *testing.T, f floor) {
	t.Helper()
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("floor.json", append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
