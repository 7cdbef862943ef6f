//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

const benchApp = `
import asyncio
from spikard import Spikard
app = Spikard()

@app.get("/plain")
def plain():
    return {"message": "Hello", "n": 1.5, "l": [1, None, True]}

@app.get("/async")
async def inline():
    return {"message": "Hello"}

@app.get("/await")
async def suspends():
    await asyncio.sleep(0)
    return {"message": "Hello"}
`

// BenchmarkCall is a handler's call with its JSON answer, in the three ways in
// which handlers run.
func BenchmarkCall(b *testing.B) {
	a := loadTestApp(b, benchApp)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, r := range a.Manifest().Routes {
		c, err := a.Compile(pybridge.Program{Handler: &pybridge.Step{Callable: r.Callable}})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(r.Path[1:], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				res, err := c.Call(ctx, nil, pybridge.CallInfo{RequestID: "r1"})
				if err != nil {
					b.Fatal(err)
				}
				res.Release()
			}
		})
	}
}

// TestCallAllocates holds the calls that run on the caller's thread to no
// allocation at all.
func TestCallAllocates(t *testing.T) {
	a := loadTestApp(t, benchApp)
	for _, r := range a.Manifest().Routes[:2] {
		c, err := a.Compile(pybridge.Program{Handler: &pybridge.Step{Callable: r.Callable}})
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(1000, func() {
			res, _ := c.Call(t.Context(), nil, pybridge.CallInfo{RequestID: "r1"})
			res.Release()
		}); n != 0 {
			t.Errorf("%s: %v allocations a call", r.Path, n)
		}
	}
}
