package cpython

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

const src = `
import asyncio
from spikard import Spikard, HTTPException
app = Spikard()

@app.get("/plain")
def plain():
    return {"message": "Hello", "n": 1.5, "l": [1, None, True]}

@app.get("/async")
async def aplain():
    return {"message": "Hello"}

@app.get("/await")
async def await_():
    await asyncio.sleep(0.01)
    return {"message": "Hello"}

@app.get("/boom")
def boom():
    raise ValueError("boom")

@app.get("/items/{id}")
def item(id: int, q: str = "x"):
    return {"id": id, "q": q}
`

func TestSmoke(t *testing.T) {
	e := New(Options{})
	ctx := context.Background()
	if err := e.Start(ctx); err != nil {
		t.Fatal(err)
	}
	a, err := e.Load(ctx, pybridge.AppSpec{Target: "app:app", FS: fstest.MapFS{"app.py": {Data: []byte(src)}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(e.Info())
	m := a.Manifest()
	for _, f := range m.Faults {
		t.Log(f)
	}
	for _, r := range m.Routes {
		var w wire.Writer
		p := pybridge.Program{Name: r.Path, Handler: &pybridge.Step{Kind: pybridge.StepHandler, Callable: r.Callable}}
		for i := range m.Callables[r.Callable].Params {
			p.Inputs = append(p.Inputs, pybridge.Input{Callable: r.Callable, Param: i})
			p.Handler.Args = append(p.Handler.Args, i)
			if i == 0 {
				w.Int(42)
			} else {
				w.Absent()
			}
		}
		c, err := a.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.Call(ctx, w.Bytes(), pybridge.CallInfo{RequestID: "r1"})
		t.Log(r.Path, res.Outcome, res.Status, string(res.Body), res.Exception, err)
		res.Release()
	}
	t.Log(a.Close(ctx))
	t.Log(e.Stop(ctx))
}

func BenchmarkCall(b *testing.B) {
	e := New(Options{})
	ctx := context.Background()
	_ = e.Start(ctx)
	a, err := e.Load(ctx, pybridge.AppSpec{Target: "app:app", FS: fstest.MapFS{"app.py": {Data: []byte(src)}}})
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range a.Manifest().Routes[:3] {
		c, err := a.Compile(pybridge.Program{Handler: &pybridge.Step{Callable: r.Callable}})
		if err != nil {
			b.Fatal(err)
		}
		if r.Path == "/await" {
			continue
		}
		b.Run(r.Path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				res, _ := c.Call(ctx, nil, pybridge.CallInfo{RequestID: "r1"})
				res.Release()
			}
		})
	}
	a.Close(ctx)
	e.Stop(ctx)
}
