package hammer

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"
	"time"
)

// census is what is alive in the process while no request runs.
type census struct {
	// Types are Python's objects by type, References those to the objects that
	// providers are made of.
	Types      map[string]int `json:"types"`
	References map[string]int `json:"references"`
	Threads    int            `json:"threads"`
	// Books are the journals that Python has begun and ended.
	Books [2]int `json:"books"`

	goroutines int
	workers    int // threads for calls that block; 0 where the system doesn't tell
	heap       int64
	resident   int64 // 0 where the system doesn't tell
}

// settleTime is how long requests whose clients have left may take to end.
const settleTime = 30 * time.Second

// rest waits until nothing runs and counts what there is.
func (c *campaign) rest() *census {
	c.client.CloseIdleConnections()
	end := time.Now().Add(settleTime)
	var out *census
	for goroutines := 0; ; time.Sleep(10 * time.Millisecond) {
		last := goroutines
		out = c.census()
		goroutines = out.goroutines
		if c.books.Load() == c.ended.Load() && out.Books[0] == out.Books[1] && goroutines == last {
			break
		}
		if time.Now().After(end) {
			c.fault("not at rest: %d requests were begun, %d ended; in Python %v; %d goroutines",
				c.books.Load(), c.ended.Load(), out.Books, goroutines)
			break
		}
	}
	c.t.Logf("%d objects and %d threads in Python, %d goroutines, %d KiB in Go, %d KiB resident",
		total(out.Types), out.Threads, out.goroutines, out.heap>>10, out.resident>>10)
	return out
}

func (c *campaign) census() *census {
	status, text, err := c.get(context.Background(), "/census")
	if err != nil || status != 200 {
		c.t.Fatalf("census: %d %s %v", status, text, err)
	}
	c.client.CloseIdleConnections()
	out := &census{}
	if err := json.Unmarshal(text, out); err != nil {
		c.t.Fatal(err)
	}
	runtime.GC() // what pools hold lives through one collection
	debug.FreeOSMemory()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	out.goroutines, out.heap, out.resident = runtime.NumGoroutine(), int64(stats.HeapAlloc), resident()
	out.workers = workers()
	return out
}

// workers is how many threads the engine keeps for calls that block.
func workers() int {
	n := 0
	names, _ := filepath.Glob("/proc/self/task/*/comm") // the pattern is well-formed
	for _, name := range names {
		if text, err := os.ReadFile(name); err == nil && string(text) == "python worker\n" {
			n++
		}
	}
	return n
}

// resident is the memory of the process.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(text)
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize())
}

// What may have grown between two censuses: caches fill, and the thread pool of
// the event loop.
const (
	moreObjects    = 500
	moreReferences = 100
	moreThreads    = 32
	moreHeap       = 1 << 20
	moreResident   = 128 << 20
)

// compare finds what has been left behind since an earlier census.
func (c *census) compare(t *testing.T, before *census) {
	t.Helper()
	for name, n := range c.Types {
		if n-before.Types[name] > moreObjects {
			t.Errorf("%d objects of type %s, before %d", n, name, before.Types[name])
		}
	}
	for name, n := range c.References {
		if n-before.References[name] > moreReferences {
			t.Errorf("%d references to %s, before %d", n, name, before.References[name])
		}
	}
	if c.Threads > before.Threads+moreThreads {
		t.Errorf("%d threads in Python, before %d", c.Threads, before.Threads)
	}
	// A thread that is not Go's and has called Go counts as a goroutine until it ends.
	if c.goroutines > before.goroutines+c.Threads+c.workers {
		t.Errorf("%d goroutines, before %d", c.goroutines, before.goroutines)
	}
	if c.heap > before.heap+moreHeap || c.resident > before.resident+moreResident {
		t.Errorf("%d bytes in Go and %d resident, before %d and %d", c.heap, c.resident, before.heap, before.resident)
	}
}

func total(counts map[string]int) int {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum
}
