//go:build cgo && (linux || darwin) && (amd64 || arm64)

package asyncio

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

var full = flag.Bool("full", false, "all modules, on each installed Python")

// short are modules that take a few seconds together and use the loop in all its ways.
var short = []string{
	"test_base_events", "test_locks", "test_runners", "test_sock_lowlevel", "test_streams",
	"test_taskgroups", "test_timeouts", "test_unix_events",
}

// TestAsyncio compares the engine's loop with the stock one.
func TestAsyncio(t *testing.T) {
	found := pythons(t)
	if len(found) == 0 {
		t.Skip("no Python from 3.10 to 3.14 with a shared library and CPython's test files is installed")
	}
	if !*full {
		found = found[:1]
	}
	known := readDifferences(t)
	for _, p := range found {
		t.Run(p.version(), func(t *testing.T) { runVersion(t, p, known) })
	}
}

func runVersion(t *testing.T, p python, known []*difference) {
	c := &comparison{python: p, known: known}
	for _, module := range p.Modules {
		if *full || slices.Contains(short, module) {
			t.Run(module, func(t *testing.T) { c.module(t, module) })
		}
	}
	t.Logf("Python %s, passed/failed/skipped\n%s", p.version(), c.table.String())
}

// comparison is that of one Python.
type comparison struct {
	python python
	known  []*difference
	table  strings.Builder
}

func (c *comparison) module(t *testing.T, module string) {
	var leave []string
	for _, d := range c.known {
		if d.word == leftOut && d.isOf(module) && d.first <= c.python.Minor && c.python.Minor <= d.last {
			leave = append(leave, d.pattern)
		}
	}
	stock, ours := runBoth(t, c.python, module, leave)
	names := maps.Clone(stock.Words)
	maps.Copy(names, ours.Words)
	differ := 0
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if stock.word(name) != ours.word(name) {
			differ++
			c.explain(t, name, stock, ours)
		}
	}
	c.stale(t, module)
	fmt.Fprintf(&c.table, "%-26s stock %s  ours %s  left out %d  different %d\n",
		module, counts(stock), counts(ours), ours.count(leftOut), differ)
}

func counts(o outcomes) string {
	return fmt.Sprintf("%4d/%d/%d", o.count("passed"), o.count("failed"), o.count("skipped"))
}

// explain looks for the reason of a difference.
func (c *comparison) explain(t *testing.T, name string, stock, ours outcomes) {
	t.Helper()
	if stock.word(name) == "failed" {
		// It says nothing of the engine's loop.
		t.Logf("%s fails on the stock loop, here: %s", name, stock.Reasons[name])
		return
	}
	for _, d := range c.known {
		if d.word == ours.word(name) && d.covers(c.python.Minor, name) {
			d.met[c.python.Minor] = true
			return
		}
	}
	t.Errorf("%s: %s on the stock loop, %s on ours, which is not in testdata/differences.txt\n%s",
		name, stock.word(name), ours.word(name), ours.Reasons[name])
}

// stale finds what is said of a module and no longer so.
func (c *comparison) stale(t *testing.T, module string) {
	t.Helper()
	for _, d := range c.known {
		applies := d.first <= c.python.Minor && c.python.Minor <= d.last
		if d.isOf(module) && applies && !d.met[c.python.Minor] {
			t.Errorf("%s: nothing of this is %s any more; take it out of testdata/differences.txt", d.pattern, d.word)
		}
	}
}
