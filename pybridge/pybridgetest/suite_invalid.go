package pybridgetest

import (
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

const invalidApp = `
import asyncio
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
import typing
from typing import Any, TypedDict
from uuid import UUID
from spikard import Body, Header, HTTPException, Query, Spikard
` + findPackages + `
app = Spikard()

class Odd(ValueError):
    def __str__(self): raise LookupError("no text")

def fail(v):
    if v == "pydantic":
        import pydantic
        class M(pydantic.BaseModel):
            a: int
            b: list[float]
        M.model_validate({"a": "x", "b": [1, None]})
    if v == "pydantic context":
        import pydantic
        def check(v): raise ValueError("odd")
        pydantic.TypeAdapter(typing.Annotated[int, pydantic.AfterValidator(check)]).validate_python(1)
    if v == "msgspec":
        import msgspec
        msgspec.convert({"a": [{"b": "x"}]}, dict[str, list[dict[str, int]]])
    exc = {"value": ValueError("it's bad"), "type": TypeError("wrong"), "assert": AssertionError("not so"),
           "empty": ValueError(), "odd": Odd(), "key": KeyError("k"), "memory": MemoryError(),
           "recursion": RecursionError("deep"), "exit": SystemExit(1), "system": SystemError("x"),
           "interrupt": KeyboardInterrupt(), "http": HTTPException(409, "taken"), "zero": ZeroDivisionError(),
           "surrogate": ValueError("\ud800")}.get(v)
    if exc:
        raise exc

@dataclass
class Item:
    name: str
    price: Decimal = Decimal(1)
    def __post_init__(self):
        fail(self.name)

def factory():
    raise ValueError("from the factory")

@dataclass
class Made:
    name: str
    made: int = field(default_factory=factory)

class Order(TypedDict):
    items: list[Item]
    by_id: dict[int, Item]
    tags: set[Any]

@app.post("/order")
def order(order: Order): return "ok"
@app.post("/suspends")
async def suspends(order: Order):
    await asyncio.sleep(0)
    return "ok"
@app.post("/made")
def made(made: Made): return "ok"
@app.get("/params")
def params(x_id: UUID = Header(), price: Decimal = Query(alias="p")): return "ok"
@app.get("/default")
def default(v: list[str] = Query(default_factory=factory)): return v
@app.get("/have")
def have_package(name: str): return have(name)
`

// invalid checks that an input is refused, and with which errors.
func (r *running) invalid(path string, values given, want string) {
	r.t.Helper()
	result := r.call(path, values)
	if result.Outcome != pybridge.Invalid || string(result.Body) != want {
		r.t.Errorf("%s: outcome %d, exception %v\n got %s\nwant %s", path, result.Outcome, result.Exception, result.Body, want)
	}
}

// invalidOrder writes an Order with one more item, as the items are there
// and under a key.
type invalidOrder struct {
	r              *running
	order, item    int
	dict, set, dec int
}

func newInvalidOrder(r *running) invalidOrder {
	types := r.app.Manifest().Types
	order, item := types["__type__app.Order"], types["__type__app.Item"]
	return invalidOrder{
		r: r, order: order.Index, item: item.Index,
		dict: order.Fields[1].Type.Converter, set: order.Fields[2].Type.Converter, dec: item.Fields[1].Type.Converter,
	}
}

func (o invalidOrder) writeItem(w *wire.Writer, name, price string) {
	w.Object(o.item, 2)
	w.Str(name)
	if price == "" {
		w.Absent()
		return
	}
	w.Convert(o.dec)
	w.Str(price)
}

// named is an order whose third item, and the one with the key 7, have names.
func (o invalidOrder) named(item, keyed, price string) value {
	return func(w *wire.Writer) {
		w.Object(o.order, 3)
		w.List(3)
		o.writeItem(w, "a", "")
		o.writeItem(w, "b", "2")
		o.writeItem(w, item, price)
		w.Convert(o.dict)
		w.List(1)
		w.Tuple(2)
		w.Int(7)
		o.writeItem(w, keyed, "")
		w.Convert(o.set)
		w.List(0)
	}
}

func testInvalid(t *testing.T, s *suite) {
	r := s.load(t, invalidApp)
	o := newInvalidOrder(r)
	for _, path := range []string{"/order", "/suspends"} {
		for name, want := range map[string]string{
			"value":     `"value_error","loc":["body","items","2"],"msg":"Value error, it's bad","input":{"name":"value"}`,
			"type":      `"value_error","loc":["body","items","2"],"msg":"Value error, wrong","input":{"name":"type"}`,
			"assert":    `"assertion_error","loc":["body","items","2"],"msg":"Assertion failed, not so","input":{"name":"assert"}`,
			"empty":     `"value_error","loc":["body","items","2"],"msg":"Value error","input":{"name":"empty"}`,
			"odd":       `"value_error","loc":["body","items","2"],"msg":"Value error","input":{"name":"odd"}`,
			"surrogate": `"value_error","loc":["body","items","2"],"msg":"Value error, ?","input":{"name":"surrogate"}`,
		} {
			r.invalid(path, given{"order": o.named(name, "a", "")}, `[{"type":`+want+`}]`)
		}
		r.invalid(path, given{"order": o.named("a", "value", "")},
			`[{"type":"value_error","loc":["body","by_id","7"],"msg":"Value error, it's bad","input":{"name":"value"}}]`)
		r.invalid(path, given{"order": o.named("a", "a", "x")},
			`[{"type":"value_error","loc":["body","items","2","price"],"msg":"Value error","input":"x"}]`)
		r.invalid(path, given{"order": o.unhashable()},
			`[{"type":"value_error","loc":["body","tags"],"msg":"Value error, `+r.unhashableText()+`","input":[[]]}]`)
		for name, want := range map[string]string{
			"key": "KeyError", "memory": "MemoryError", "recursion": "RecursionError", "exit": "SystemExit",
			"system": "SystemError", "interrupt": "KeyboardInterrupt", "zero": "ZeroDivisionError",
		} {
			_ = r.raises(path, given{"order": o.named(name, "a", "")}, want)
		}
		if got := r.call(path, given{"order": o.named("http", "a", "")}); got.Outcome != pybridge.Problem || got.Status != 409 {
			t.Errorf("%s: an HTTPException gave outcome %d, status %d", path, got.Outcome, got.Status)
		}
		r.answers(path, given{"order": o.named("a", "a", "1.5")}, `"ok"`)
	}
	testInvalidFromLibraries(r, o)
}

func (o invalidOrder) unhashable() value {
	return func(w *wire.Writer) {
		w.Object(o.order, 3)
		w.List(0)
		w.Dict(0)
		w.Convert(o.set)
		w.List(1)
		w.List(0)
	}
}

// unhashableText is CPython's text for a list in a set, which 3.14 has changed.
func (r *running) unhashableText() string {
	if strings.HasPrefix(r.engine.Info().Version, "3.14") {
		return "cannot use 'list' as a set element (unhashable type: 'list')"
	}
	return "unhashable type: 'list'"
}

// Who is to blame for a parameter, and for what no client has given.
func testInvalidParams(t *testing.T, s *suite) {
	r := s.load(t, invalidApp)
	convert := func(i int, text string) value {
		id := r.plan("/params").params[i].Type.Converter
		return func(w *wire.Writer) { w.Convert(id); w.Str(text) }
	}
	good := "12345678-1234-5678-1234-567812345678"
	r.answers("/params", given{"x_id": convert(0, good), "price": convert(1, "1")}, `"ok"`)
	r.invalid("/params", given{"x_id": convert(0, "none"), "price": convert(1, "1")},
		`[{"type":"value_error","loc":["headers","x-id"],"msg":"Value error, badly formed hexadecimal UUID string","input":"none"}]`)
	r.invalid("/params", given{"x_id": convert(0, good), "price": convert(1, "x")},
		`[{"type":"value_error","loc":["query","p"],"msg":"Value error","input":"x"}]`)
	made := r.app.Manifest().Types["__type__app.Made"].Index
	_ = r.raises("/made", given{"made": func(w *wire.Writer) { w.Object(made, 2); w.Str("a"); w.Absent() }}, "ValueError")
	r.answers("/made", given{"made": func(w *wire.Writer) { w.Object(made, 2); w.Str("a"); w.Int(1) }}, `"ok"`)
	_ = r.raises("/default", nil, "ValueError")
	_ = r.raises("/made", given{"made": func(w *wire.Writer) { w.Object(made, 1); w.Str("a") }}, "ValueError")
}

func testInvalidFromLibraries(r *running, o invalidOrder) {
	for name, want := range map[string]string{
		"pydantic": `[{"type":"int_parsing","loc":["body","items","2","a"],` +
			`"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"},` +
			`{"type":"float_type","loc":["body","items","2","b","1"],"msg":"Input should be a valid number","input":null}]`,
		"pydantic context": `[{"type":"value_error","loc":["body","items","2"],"msg":"Value error, odd","input":1,"ctx":{"error":"odd"}}]`,
		"msgspec": `[{"type":"validation_error","loc":["body","items","2","...","0","..."],` +
			"\"msg\":\"Expected `int`, got `str`\",\"input\":null}]",
	} {
		if library, _, _ := strings.Cut(name, " "); !r.has(library) {
			continue
		}
		r.invalid("/order", given{"order": o.named(name, "a", "")}, want)
	}
}
