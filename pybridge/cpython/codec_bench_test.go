//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// SPIKARD_BENCH_SITE names a folder with orjson, to be compared with.
const codecApp = `
import json, os, sys
from typing import Any
from spikard import Body, Spikard
if site := os.environ.get("SPIKARD_BENCH_SITE"):
    sys.path.append(site)
try:
    import orjson
except ImportError:
    orjson = None
app = Spikard()
texts, values = {}, {}

@app.get("/orjson")
def has_orjson(): return orjson is not None

@app.post("/keep")
def keep(name: str, data: Any = Body()):
    texts[name], values[name] = data, json.loads(data)

@app.post("/take")
def take(data: Any = Body()): return None
@app.get("/loads")
def loads(name: str): orjson.loads(texts[name])
@app.get("/give")
def give(name: str): return values[name]
@app.get("/dumps")
def dumps(name: str): orjson.dumps(values[name])
`

// BenchmarkCodec turns 1 MB of JSON into Python objects from its wire form, and
// back, beside what orjson takes for the same. The calls that do nothing else
// take about a microsecond.
func BenchmarkCodec(b *testing.B) {
	a := loadTestApp(b, codecApp)
	bench := func(name string, size int, route int, in []byte) {
		c, err := a.Compile(routeProgram(a, route))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				callOne(b, c, in).Release()
			}
		})
	}
	fast := string(callOnce(b, a, 0, nil)) == "true"
	if !fast {
		fmt.Println("codec: not compared with orjson, which SPIKARD_BENCH_SITE can name a folder of")
	}
	for _, kind := range []string{"records", "strings", "unicode", "floats", "prices", "ints", "escapes"} {
		text := benchText(kind, 1<<20)
		var name, keep, take wire.Writer
		name.Str(kind)
		keep.Str(kind)
		keep.Raw(text)
		writeJSON(b, &take, text)
		callOnce(b, a, 1, keep.Bytes())
		bench(kind+"/decode", len(text), 2, take.Bytes())
		if fast {
			bench(kind+"/orjson.loads", len(text), 3, name.Bytes())
		}
		bench(kind+"/encode", len(text), 4, name.Bytes())
		if fast {
			bench(kind+"/orjson.dumps", len(text), 5, name.Bytes())
		}
	}
}

// routeProgram is that of a route whose parameters are all inputs.
func routeProgram(a *app, route int) pybridge.Program {
	n := a.Manifest().Routes[route].Callable
	p := pybridge.Program{Handler: &pybridge.Step{Callable: n}}
	for i := range a.Manifest().Callables[n].Params {
		p.Inputs = append(p.Inputs, pybridge.Input{Callable: n, Param: i})
		p.Handler.Args = append(p.Handler.Args, i)
	}
	return p
}

func callOne(t testing.TB, c pybridge.Callable, in []byte) *pybridge.Result {
	result, err := c.Call(t.Context(), in, pybridge.CallInfo{})
	if err != nil || result.Outcome != pybridge.Answered {
		t.Fatalf("outcome %d, exception %v, error %v", result.Outcome, result.Exception, err)
	}
	return &result
}

func callOnce(t testing.TB, a *app, route int, in []byte) []byte {
	c, err := a.Compile(routeProgram(a, route))
	if err != nil {
		t.Fatal(err)
	}
	result := callOne(t, c, in)
	defer result.Release()
	return bytes.Clone(result.Body)
}

// benchText is a JSON array of at least size bytes, the same each time.
func benchText(kind string, size int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	out := []byte{'['}
	for n := 0; len(out) < size; n++ {
		if n > 0 {
			out = append(out, ',')
		}
		out = append(out, benchItem(kind, n, random)...)
	}
	return append(out, ']')
}

func benchItem(kind string, n int, random *rand.Rand) string {
	switch kind {
	case "strings":
		return strconv.Quote(strings.Repeat("the quick brown fox ", random.IntN(20)))
	case "unicode":
		return `"` + strings.Repeat("Grüße aus Łódź, 東京 ", random.IntN(10)) + `"`
	case "escapes":
		return `"` + strings.Repeat(`a \"quoted\" line\n`, random.IntN(10)) + `"`
	case "floats":
		return strconv.FormatFloat(random.NormFloat64(), 'g', -1, 64)
	case "prices":
		return strconv.FormatFloat(float64(random.IntN(1e6))/100+0.01, 'f', -1, 64)
	case "ints":
		return strconv.FormatInt(random.Int64N(1<<40)>>random.IntN(40), 10)
	}
	return fmt.Sprintf(`{"id":%d,"name":"item number %d","price":%.2f,"active":%t,"tags":["a%d","new"],`+
		`"owner":{"email":"user%d@example.org","age":%d,"address":null},"created":"2024-05-06T07:08:09Z"}`,
		n, n, random.Float64()*100, n%2 == 0, n%10, n, n%80)
}

// writeJSON writes the wire form of a JSON text.
func writeJSON(t testing.TB, w *wire.Writer, text []byte) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var starts, counts []int
	for {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if token == json.Delim(']') || token == json.Delim('}') {
			last := len(starts) - 1
			n := counts[last]
			if token == json.Delim('}') {
				n /= 2
			}
			w.SetCount(starts[last], n)
			starts, counts = starts[:last], counts[:last]
			continue
		}
		if len(counts) > 0 {
			counts[len(counts)-1]++
		}
		if delim, ok := token.(json.Delim); ok {
			starts, counts = append(starts, w.Len()), append(counts, 0)
			if delim == '[' {
				w.List(0)
			} else {
				w.Dict(0)
			}
			continue
		}
		writeScalar(w, token)
	}
}

func writeScalar(w *wire.Writer, token json.Token) {
	switch v := token.(type) {
	case nil:
		w.Null()
	case bool:
		w.Bool(v)
	case string:
		w.Str(v)
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			f, _ := v.Float64() // its error is the infinity
			w.Float(f)
		} else if n, err := v.Int64(); err == nil {
			w.Int(n)
		} else {
			w.BigInt(v.String())
		}
	}
}
