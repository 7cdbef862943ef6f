package pybridgetest

import (
	"strings"
	"testing"
)

const encodeHostileApp = `
import dataclasses, enum
from spikard import Spikard
app = Spikard()

@dataclasses.dataclass
class Field:
    owner: object

def cleared_list():
    items = []
    @dataclasses.dataclass
    class Item:
        name: str
        def __getattribute__(self, attribute):
            items.clear()
            return "gone"
    items += [Item("a"), Item("b"), "never"]
    return items

def growing_list():
    items = []
    @dataclasses.dataclass
    class Item:
        name: str
        def __getattribute__(self, attribute):
            if len(items) < 50:
                items.extend([Item("more")] * 10)
            return "x"
    items.append(Item("a"))
    return items

def vanishing_dict():
    d = {}
    @dataclasses.dataclass
    class Item:
        name: str
        def __getattribute__(self, attribute):
            d.clear()
            return attribute
    d.update(a=Item("a"), b=Item("b"))
    return d

def self_default():
    import pathlib
    class P(pathlib.PurePosixPath):
        def __fspath__(self): return self
    return [P("a")]

def cyclic_dataclass():
    f = Field(None)
    f.owner = f
    return f

def cyclic_set():
    class Node(frozenset):
        def __iter__(self): return iter([self])
    return Node()

def missing_slot():
    @dataclasses.dataclass(slots=True)
    class S:
        a: int
    return [object.__new__(S)]

def strange_items():
    class D(dict):
        def items(self): return [(1,), 5]
    return D(a=1)

def text_of_a_surrogate():
    class E(enum.Enum):
        A = "\ud800"
    return {"e": E.A}

def deep(n):
    v = 1
    for _ in range(n): v = [v]
    return v

@app.get("/encode")
def encode(name: str):
    if name.isdigit():
        return deep(int(name))
    return globals()[name]()

@app.get("/digits")
def digits(n: int):
    return int("9" * 4300) if n == 4300 else 10**n
`

// Objects that change what they are in while they are written, that have no
// end, or that are no more what they seem.
func testEncodeHostile(t *testing.T, s *suite) {
	r := s.load(t, encodeHostileApp)
	r.answers("/encode", given{"name": str("cleared_list")}, `[{"name":"gone"}]`)
	if got := string(r.call("/encode", given{"name": str("growing_list")}).Body); strings.Count(got, "name") != 51 {
		t.Errorf("a list that grows gave %s", got)
	}
	r.answers("/encode", given{"name": str("999")}, strings.Repeat("[", 999)+"1"+strings.Repeat("]", 999))
	r.answers("/digits", given{"n": integer(4300)}, strings.Repeat("9", 4300))
	for name, want := range map[string]string{
		"vanishing_dict": "RuntimeError", "self_default": "TypeError", "cyclic_dataclass": "RecursionError",
		"cyclic_set": "RecursionError", "missing_slot": "AttributeError", "strange_items": "",
		"text_of_a_surrogate": "UnicodeEncodeError", "1001": "RecursionError",
	} {
		result := r.call("/encode", given{"name": str(name)})
		if result.Exception == nil || (want != "" && result.Exception.Type != want) {
			t.Errorf("%s: got %s, exception %v, want a %s", name, result.Body, result.Exception, want)
		}
	}
	_ = r.raises("/digits", given{"n": integer(4301)}, "ValueError")
	r.answers("/encode", given{"name": str("1")}, `[1]`)
}
