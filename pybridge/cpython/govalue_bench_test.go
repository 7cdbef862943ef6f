//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"fmt"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

const benchGoValues = `
import asyncio
from spikard import Spikard
app = Spikard()

class Store:
    def get(self, id: int) -> int: ...
    async def aget(self, id: int) -> int: ...

@app.get("/nothing")
def nothing(a: str, b: str, c: str, d: str, e: str):
    return None
@app.get("/blocking")
def blocking(a: str, b: str, c: str, d: str, e: str):
    for _ in range(10):
        a.get(1)
@app.get("/awaited")
async def awaited(a: str, b: str, c: str, d: str, e: str):
    for _ in range(10):
        await a.aget(1)
@app.get("/named")
def named(a: Store): ...
`

// oneValue is Go's half of a call with one value.
type oneValue struct{ pybridge.GoScope }

func (oneValue) Value(int) any { return 1 }

// BenchmarkGoValues is a call with five Go values: ones that the app keeps, ones
// of the call's own, and the latter with ten calls of a method.
func BenchmarkGoValues(b *testing.B) {
	a := loadTestApp(b, benchGoValues)
	get := func(_ context.Context, _ any, _ []byte, out *wire.Writer) error {
		out.Int(1)
		return nil
	}
	class := a.Manifest().Types["__type__app.Store"]
	export, err := a.Export(pybridge.Exported{Class: class.Index, Methods: []pybridge.GoMethod{get, get}})
	if err != nil {
		b.Fatal(err)
	}
	handle, err := a.Keep(export, 1)
	if err != nil {
		b.Fatal(err)
	}
	kept := func(w *wire.Writer) { w.GoValue(handle) }
	own := func(w *wire.Writer) { w.GoInstance(export, 0) }
	for _, bench := range []struct {
		name, path string
		write      func(*wire.Writer)
		scope      pybridge.GoScope
	}{
		{"kept", "/nothing", kept, nil},
		{"own", "/nothing", own, oneValue{}},
		{"method", "/blocking", own, oneValue{}},
		{"await", "/awaited", own, oneValue{}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			benchmarkGoValues(b, a, bench.path, bench.write, bench.scope)
		})
	}
}

func benchmarkGoValues(b *testing.B, a *app, path string, write func(*wire.Writer), scope pybridge.GoScope) {
	p := pybridge.Program{Handler: &pybridge.Step{Kind: pybridge.StepHandler}}
	var in wire.Writer
	for i := range 5 {
		p.Inputs = append(p.Inputs, pybridge.Input{Callable: -1})
		p.Handler.Args = append(p.Handler.Args, i)
		write(&in)
	}
	for _, r := range a.Manifest().Routes {
		if r.Path == path {
			p.Handler.Callable = r.Callable
		}
	}
	c, err := a.Compile(p)
	if err != nil {
		b.Fatal(fmt.Errorf("%s: %w", path, err))
	}
	b.ReportAllocs()
	for b.Loop() {
		res, err := c.Call(context.Background(), in.Bytes(), pybridge.CallInfo{Go: scope})
		if err != nil {
			b.Fatal(err)
		}
		if res.Exception != nil {
			b.Fatal(res.Exception)
		}
		res.Release()
	}
}
