package pybridgetest

import (
	"strings"
	"testing"
)

const encodeApp = `
import collections, dataclasses, datetime, decimal, enum, json, random, uuid
from typing import NamedTuple
from spikard import Spikard

app = Spikard()

class Color(enum.Enum):
    RED = "red"
class Level(enum.IntEnum):
    HIGH = 3
    HUGE = 2**70
    def __str__(self): return "a level"
class Kind(str, enum.Enum):
    A = "a"
class Text(str):
    def __str__(self): return "not this"
class Number(float):
    def __repr__(self): return "not this"
class P(NamedTuple):
    x: int
class Other(dict):
    def items(self): return [("other", 1)]

@dataclasses.dataclass
class Inner:
    a: int
@dataclasses.dataclass
class Outer:
    inner: Inner
    many: list
@dataclasses.dataclass
class Slots:
    __slots__ = ("a",)
    a: int

class Price: pass

def ordered():
    d = collections.OrderedDict(a=1, b=2)
    d.move_to_end("a")
    return d

loop = []
loop.append(loop)

when = datetime.datetime(2024, 5, 6, 7, 8, 9, tzinfo=datetime.timezone.utc)
values = {
    "builtins": [None, True, False, 0, -1, 2**63 - 1, -2**63, 2**63, -2**200, "", "a", 1.5, (1,), [], {}],
    "strings": ["\"\\/\b\f\n\r\t\x00\x1f\x7f", "ä€😀\u2028", Text("text"), Kind.A],
    "keys": {1: 1, 1.5: 2, True: 3, None: 4, "s": 5, Text("t"): 6, Level.HIGH: 7, 2**70: 8},
    "default keys": {Color.RED: 1, uuid.UUID(int=1): 2, datetime.date(2024, 1, 2): 3},
    "classes": [Outer(Inner(1), [Inner(2)]), P(1), Slots(3)],
    "enums": [Color.RED, Level.HIGH, Level.HUGE],
    "default": [uuid.UUID(int=5), when, decimal.Decimal("1.10"), {4}, frozenset({5}), datetime.timedelta(minutes=1)],
    "subclasses": [collections.OrderedDict(a=1), collections.Counter("aa"), collections.defaultdict(int), Number(2.5)],
    "order": ordered(),
    "own items": Other(a=1),
    "deep": None,
    "nan": [float("nan")],
    "infinity": {"a": -float("inf")},
    "surrogate": ["a", "\ud800"],
    "surrogate key": {"\ud800": 1},
    "itself": loop,
    "unknown": {"items": [1, 2, 3, {"price": Price()}]},
    "tuple key": {"a": {(1, 2): 3}},
    "long path": {"ключ" * 30: [Price()]},
    "digits": 10**5000,
}
v = []
for _ in range(900):
    v = [v]
values["deep"] = v

def lone():
    raise ValueError("in items")

@app.get("/encode")
def encode(name: str):
    return values[name]

class Grows(dict):
    pass

class Adds:
    pass

@app.get("/changes")
def changes():
    d = {"a": 1}
    class Key(uuid.UUID):
        def __str__(self):
            d[len(d)] = 1
            return "k"
    d["k"] = Key(int=1)
    d["z"] = 2
    return d

def doubles():
    r = random.Random(5)
    for _ in range(25000):
        yield r.uniform(-1e6, 1e6)
        yield round(r.uniform(-1e5, 1e5), r.randrange(8))
        yield r.randrange(-10**15, 10**15) / 10 ** r.randrange(12)
        yield float.fromhex(("-" if r.random() < .5 else "") + hex(r.getrandbits(52) | 1 << 52) + f"p{r.randrange(-1126, 970)}")
    yield from (0.0, -0.0, 1e16, 1e15, 9007199254740993.0, 5e-324, 1.7976931348623157e308, 1e22, 1e-4, 1e-5, 0.001, 0.00099)

numbers = list(doubles())

@app.get("/floats")
def floats():
    return numbers

@app.get("/expected-floats")
def expected_floats():
    from spikard import Response
    return Response(json.dumps(numbers, separators=(",", ":")).encode())
`

func testEncode(t *testing.T, s *suite) {
	r := s.load(t, encodeApp)
	for name, want := range map[string]string{
		"builtins": `[null,true,false,0,-1,9223372036854775807,-9223372036854775808,9223372036854775808,` +
			`-1606938044258990275541962092341162602522202993782792835301376,"","a",1.5,[1],[],{}]`,
		"strings":      `["\"\\/\b\f\n\r\t\u0000\u001f` + "\x7f" + `","ä€😀` + "\u2028" + `","text","a"]`,
		"keys":         `{"1":3,"1.5":2,"null":4,"s":5,"t":6,"3":7,"1180591620717411303424":8}`,
		"default keys": `{"red":1,"00000000-0000-0000-0000-000000000001":2,"2024-01-02":3}`,
		"classes":      `[{"inner":{"a":1},"many":[{"a":2}]},[1],{"a":3}]`,
		"enums":        `["red",3,1180591620717411303424]`,
		"default":      `["00000000-0000-0000-0000-000000000005","2024-05-06T07:08:09Z","1.10",[4],[5],"PT1M"]`,
		"subclasses":   `[{"a":1},{"a":2},{},2.5]`,
		"order":        `{"b":2,"a":1}`,
		"own items":    `{"other":1}`,
		"deep":         strings.Repeat("[", 901) + strings.Repeat("]", 901),
	} {
		r.answers("/encode", given{"name": str(name)}, want)
	}
}

func testEncodeFloats(t *testing.T, s *suite) {
	r := s.load(t, encodeApp)
	got := strings.Split(string(r.call("/floats", nil).Body), ",")
	want := strings.Split(string(r.call("/expected-floats", nil).Body), ",")
	if len(got) != len(want) || len(got) < 100_000 {
		t.Fatalf("%d numbers, want %d, at least 100,000", len(got), len(want))
	}
	bad := 0
	for i := range want {
		if got[i] != want[i] && bad < 20 {
			bad++
			t.Errorf("number %d: got %s, want %s", i, got[i], want[i])
		}
	}
}

func testEncodeRefused(t *testing.T, s *suite) {
	r := s.load(t, encodeApp)
	for _, c := range []struct{ name, exception, path string }{
		{"nan", "ValueError", "$[0]"},
		{"infinity", "ValueError", "$.a"},
		{"surrogate", "UnicodeEncodeError", "$[1]"},
		{"surrogate key", "UnicodeEncodeError", "$.?"},
		{"unknown", "TypeError", "$.items[3].price"},
		{"tuple key", "TypeError", "$.a.?"},
		{"digits", "ValueError", "$"},
	} {
		exc := r.raises("/encode", given{"name": str(c.name)}, c.exception)
		if exc.Path != c.path {
			t.Errorf("%s: path %q, want %q", c.name, exc.Path, c.path)
		}
	}
	exc := r.raises("/encode", given{"name": str("unknown")}, "TypeError")
	if !strings.Contains(exc.Message, "Price") {
		t.Errorf("the message does not name the class: %s", exc.Message)
	}
	exc = r.raises("/encode", given{"name": str("long path")}, "TypeError")
	if !strings.HasPrefix(exc.Path, "$.ключключ") || !strings.HasSuffix(exc.Path, "[0]") {
		t.Errorf("path %q", exc.Path)
	}
	exc = r.raises("/encode", given{"name": str("itself")}, "RecursionError")
	if !strings.HasPrefix(exc.Path, "$[0][0]") {
		t.Errorf("path %q", exc.Path)
	}
	_ = r.raises("/changes", nil, "RuntimeError")
}
