package pybridgetest

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

const wireApp = `
from dataclasses import dataclass, field
from typing import NamedTuple, Optional
from uuid import UUID
from spikard import Body, Query, Request, Spikard

app = Spikard()

@app.get("/show")
def show(v: str = "the default"):
    return f"{type(v).__name__} {v!r}"

def fresh():
    return []

@app.get("/factory")
def factory(v: list[str] = Query(default_factory=fresh)):
    v.append("x")
    return v

@app.get("/mixed/{a}")
def mixed(a: int, /, b: int = 2, *, c: int = 3, d: int):
    return [a, b, c, d]

@app.get("/depth")
def depth(v: str):
    n = 0
    while v:
        v, n = v[0], n + 1
    return n

@app.get("/request")
def request(request: Request):
    return {
        "method": request.method, "path": request.path, "url": request.url,
        "headers": [request.headers["x-name"], request.headers["ACCEPT"]],
        "client": request.client, "params": request.path_params, "json": request.json(),
    }

@dataclass
class Item:
    name: str
    price: float = 1.5
    tags: list[str] = field(default_factory=list)
    note: Optional[str] = field(default=None, kw_only=True)

@dataclass
class Exact:
    a: int
    b: int

@dataclass
class Order:
    item: Item
    exact: Exact

class Point(NamedTuple):
    x: int
    y: int = 7

@app.post("/order")
def order(order: Order):
    assert type(order.item.tags) is list
    return repr(order)

@app.post("/point")
def point(p: Point):
    return repr(p)

@app.get("/uuid")
def uuid(id: UUID):
    return repr(id)
`

func testWire(t *testing.T, s *suite) {
	r := s.load(t, wireApp)
	for _, c := range []struct {
		name  string
		write value
		want  string
	}{
		{"absent", func(w *wire.Writer) { w.Absent() }, `str 'the default'`},
		{"none", func(w *wire.Writer) { w.Null() }, `NoneType None`},
		{"true", func(w *wire.Writer) { w.Bool(true) }, `bool True`},
		{"false", func(w *wire.Writer) { w.Bool(false) }, `bool False`},
		{"int", func(w *wire.Writer) { w.Int(-42) }, `int -42`},
		{"smallest int", func(w *wire.Writer) { w.Int(math.MinInt64) }, `int -9223372036854775808`},
		{"big int", func(w *wire.Writer) { w.BigInt("-123456789012345678901234567890") }, `int -123456789012345678901234567890`},
		{"float", func(w *wire.Writer) { w.Float(0.1) }, `float 0.1`},
		{"minus zero", func(w *wire.Writer) { w.Float(math.Copysign(0, -1)) }, `float -0.0`},
		{"ascii", func(w *wire.Writer) { w.Str("plain") }, `str 'plain'`},
		{"empty", func(w *wire.Writer) { w.Str("") }, `str ''`},
		{"nul", func(w *wire.Writer) { w.Str("a\x00b") }, `str 'a\x00b'`},
		{"astral", func(w *wire.Writer) { w.Str("ä€😀") }, `str 'ä€😀'`},
		{"bytes", func(w *wire.Writer) { w.Raw([]byte{0, 255}) }, `bytes b'\x00\xff'`},
		{"list", func(w *wire.Writer) { w.List(2); w.Int(1); w.Null() }, `list [1, None]`},
		{"empty list", func(w *wire.Writer) { w.List(0) }, `list []`},
		{"tuple", func(w *wire.Writer) { w.Tuple(2); w.Int(1); w.Str("x") }, `tuple (1, 'x')`},
		{
			"dict",
			func(w *wire.Writer) { w.Dict(2); w.Str("a"); w.Int(1); w.Str("b"); w.Dict(0) },
			`dict {'a': 1, 'b': {}}`,
		},
		{
			"a key again",
			func(w *wire.Writer) { w.Dict(2); w.Str("a"); w.Int(1); w.Str("a"); w.Int(2) },
			`dict {'a': 2}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := string(r.call("/show", given{"v": c.write}).Body)
			var got string
			if err := json.Unmarshal([]byte(text), &got); err != nil || got != c.want {
				t.Errorf("got %s (%v), want %s", text, err, c.want)
			}
		})
	}
	for range 2 { // a factory's value must be a new one each time
		r.answers("/factory", nil, `["x"]`)
	}
	one := func(n int64) value { return func(w *wire.Writer) { w.Int(n) } }
	r.answers("/mixed/{a}", given{"a": one(1), "d": one(4)}, `[1,2,3,4]`)
	r.answers("/mixed/{a}", given{"a": one(1), "b": one(5), "c": one(6), "d": one(4)}, `[1,5,6,4]`)
	r.answers("/depth", given{"v": nested(900)}, `900`)
	r.answers("/request", nil, `{"method":"GET","path":"/a/b","url":"https://example.org/a/b?q=1&q=2",`+
		`"headers":["é","*/*"],"client":"192.0.2.1:5","params":{"name":"b"},"json":{"a":[1,null]}}`)
	testWireClasses(r)
}

// nested writes lists in one another, the innermost empty.
func nested(depth int) value {
	return func(w *wire.Writer) {
		for range depth {
			w.List(1)
		}
		w.List(0)
	}
}

func testWireClasses(r *running) {
	m := r.app.Manifest()
	class := func(name string) int { return m.Types["__type__app."+name].Index }
	r.answers("/order", given{"order": func(w *wire.Writer) {
		w.Object(class("Order"), 2)
		w.Object(class("Item"), 4)
		w.Str("pen")
		w.Absent()
		w.Absent()
		w.Str("n")
		w.Object(class("Exact"), 2)
		w.Int(1)
		w.Int(2)
	}}, `"Order(item=Item(name='pen', price=1.5, tags=[], note='n'), exact=Exact(a=1, b=2))"`)
	r.answers("/point", given{"p": func(w *wire.Writer) {
		w.Object(class("Point"), 2)
		w.Int(1)
		w.Absent()
	}}, `"Point(x=1, y=7)"`)
	id := r.plan("/uuid").params[0].Type.Converter
	r.answers("/uuid", given{"id": func(w *wire.Writer) {
		w.Convert(id)
		w.Str("12345678-1234-5678-1234-567812345678")
	}}, `"UUID('12345678-1234-5678-1234-567812345678')"`)
}

// Bytes that no Writer makes must be refused, not read past their end.
func testWireRefused(t *testing.T, s *suite) {
	r := s.load(t, wireApp)
	p := r.plan("/show")
	var w wire.Writer
	w.Dict(1)
	w.Str("key")
	w.List(1)
	w.Str("value")
	whole := append([]byte{}, w.Bytes()...)
	bad := map[string][]byte{
		"unknown opcode": {0xEE},
		"no such length": {byte(wire.Str), 0xFF, 0xFF, 0xFF, 0xFF, 'a'},
		"no such count":  {byte(wire.List), 0xFF, 0xFF, 0xFF, 0x7F},
		"left over":      append(append([]byte{}, whole...), byte(wire.Null)),
		"not UTF-8":      {byte(wire.Str), 1, 0, 0, 0, 0xFF},
		"no such class":  {byte(wire.Object), 0xFF, 0, 0, 0, 0, 0, 0, 0},
		"too deep":       deep(100_000),
	}
	for n := range whole {
		bad["cut at "+strings.Repeat("i", n)] = whole[:n]
	}
	for name, in := range bad {
		result, err := p.callable.Call(t.Context(), in, pybridge.CallInfo{})
		if err != nil || result.Outcome != pybridge.Raised {
			t.Errorf("%s: outcome %d, error %v", name, result.Outcome, err)
		}
		result.Release()
	}
	r.answers("/show", nil, `"str 'the default'"`)
}

func deep(n int) []byte {
	var w wire.Writer
	nested(n)(&w)
	return w.Bytes()
}
