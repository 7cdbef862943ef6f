//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"fmt"
	"slices"
	"strings"
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

// BenchmarkProviders is a call of a handler that takes nothing, and of ones that
// take what 20 providers make, of each kind that needs no event loop.
func BenchmarkProviders(b *testing.B) {
	for _, kind := range []struct{ name, def, give string }{
		{"function", "def", "return"},
		{"coroutine", "async def", "return"},
		{"generator", "def", "yield"},
		{"async_generator", "async def", "yield"},
	} {
		for _, n := range []int{0, 20} {
			b.Run(fmt.Sprintf("%s-%d", kind.name, n), func(b *testing.B) {
				benchmarkProviders(b, n, fmt.Sprintf("%s make():\n    %s 1", kind.def, kind.give))
			})
		}
	}
}

func benchmarkProviders(b *testing.B, n int, provider string) {
	var params []string
	p := pybridge.Program{Handler: &pybridge.Step{Kind: pybridge.StepHandler}}
	for i := range n {
		params = append(params, fmt.Sprintf("p%d: int = Provide(make)", i))
		p.Handler.Args = append(p.Handler.Args, i)
	}
	a := loadTestApp(b, "from spikard import Provide, Spikard\napp = Spikard()\n"+provider+
		"\n@app.get('/')\ndef index("+strings.Join(params, ", ")+"):\n    return [1]\n")
	callables := a.Manifest().Callables
	p.Handler.Callable = a.Manifest().Routes[0].Callable
	maker := slices.IndexFunc(callables, func(f pybridge.Function) bool { return f.Name == "app.make" })
	for range n {
		p.Steps = append(p.Steps, pybridge.Step{Callable: maker})
	}
	c, err := a.Compile(p)
	if err != nil {
		b.Fatal(err)
	}
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		res, err := c.Call(ctx, nil, pybridge.CallInfo{RequestID: "r1"})
		if err != nil || res.Outcome != pybridge.Answered {
			b.Fatal(res.Exception, err)
		}
		res.Release()
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
