//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"fmt"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

const iterateBenchApp = `
import asyncio
from spikard import Provide, Spikard
app = Spikard()

class Source:
    def sync(self, n):
        yield from range(n)
    async def ready(self, n):
        for i in range(n):
            yield i
    async def suspends(self, n):
        for i in range(n):
            await asyncio.sleep(0)
            yield i
    async def future(self):
        out = asyncio.get_running_loop().create_future()
        out.set_result(1)
        return [out]

source = Source()
app.provide(Source, Provide(lambda: source))
@app.get("/")
def index(s: Source): ...
`

// benchSource gives the app's source, which is released with the benchmark.
func benchSource(b *testing.B) pybridge.Object {
	b.Helper()
	a := loadTestApp(b, iterateBenchApp)
	manifest := a.Manifest()
	c, err := a.Compile(pybridge.Program{
		Steps: []pybridge.Step{{Callable: manifest.Providers[0].Callable}}, Outputs: []int{0},
	})
	if err != nil {
		b.Fatal(err)
	}
	result, err := c.Call(b.Context(), nil, pybridge.CallInfo{})
	if err != nil || result.Outcome != pybridge.Values {
		b.Fatal(result.Exception, err)
	}
	b.Cleanup(result.Release)
	return result.Objects[0]
}

// BenchmarkIterate is one item of a generator, without reading it.
func BenchmarkIterate(b *testing.B) {
	source := benchSource(b)
	for _, kind := range []string{"sync", "ready", "suspends"} {
		b.Run(kind, func(b *testing.B) {
			items, err := source.Call(b.Context(), kind, b.N)
			if err != nil {
				b.Fatal(err)
			}
			defer items.Release()
			b.ReportAllocs()
			b.ResetTimer()
			n := 0
			for _, err := range pybridge.Iter(b.Context(), items) {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			if n != b.N {
				b.Fatal(fmt.Sprint(n, " items"))
			}
		})
	}
}

// BenchmarkAwait is an await of what is ready.
func BenchmarkAwait(b *testing.B) {
	list, err := benchSource(b).Call(b.Context(), "future")
	if err != nil {
		b.Fatal(err)
	}
	defer list.Release()
	for future, err := range pybridge.Iter(b.Context(), list) {
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			out, err := pybridge.Await(b.Context(), future)
			if err != nil {
				b.Fatal(err)
			}
			out.Release()
		}
	}
}
