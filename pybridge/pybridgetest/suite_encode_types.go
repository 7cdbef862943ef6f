package pybridgetest

import "testing"

const encodeTypesApp = `
import collections, dataclasses, datetime, decimal, enum, ipaddress, pathlib, types, typing, uuid
from spikard import Spikard

app = Spikard()
utc = datetime.timezone.utc
zone = datetime.timezone(datetime.timedelta(hours=5, minutes=30))

class Color(enum.Enum):
    RED = "red"
    PAIR = (1, 2)
class Flag(enum.Flag):
    A = 1
    B = 2
class Named(typing.NamedTuple):
    a: int
    b: str = "x"
class Typed(typing.TypedDict, total=False):
    a: int
@dataclasses.dataclass
class Point:
    x: int
    y: object = None
    hidden: int = dataclasses.field(default=3, repr=False, init=False)
@dataclasses.dataclass(slots=True, frozen=True)
class Slotted:
    x: int
class Moment(datetime.datetime): pass
class Id(uuid.UUID): pass
class Spelled(uuid.UUID):
    def __str__(self): return "spelled"
class Money(decimal.Decimal): pass
class Tags(set): pass
class Seq(collections.abc.Sequence):
    def __len__(self): return 2
    def __getitem__(self, i): return [1, 2][i]
class Map(collections.abc.Mapping):
    def __len__(self): return 1
    def __iter__(self): return iter(["k"])
    def __getitem__(self, k): return "v"

number = "12345678123456781234567812345678"
values = {
    "datetime": [datetime.datetime(2024, 1, 2, 3, 4, 5), datetime.datetime(2024, 1, 2, 3, 4, 5, 60, utc),
                 datetime.datetime(1, 1, 1, tzinfo=zone), Moment(2024, 1, 2, tzinfo=utc)],
    "date": [datetime.date(2024, 1, 2), datetime.date.max],
    "time": [datetime.time(3, 4), datetime.time(3, 4, 5, 6, utc), datetime.time(3, tzinfo=zone)],
    "timedelta": [datetime.timedelta(0), datetime.timedelta(days=1, seconds=3661, microseconds=500000),
                  datetime.timedelta(seconds=-90)],
    "uuid": [uuid.UUID(number), uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), Id(number), Spelled(number)],
    "decimal": [decimal.Decimal("1.10"), decimal.Decimal("1E+400"), Money("2")],
    "enum": [Color.RED, Color.PAIR, Flag.B],
    "sets": [{1}, frozenset(), Tags([2]), collections.deque([1, 2])],
    "bytes": [b"", b"a", b"ab", b"abc", bytes(range(250, 256)), bytearray(b"ab"), memoryview(b"ab")],
    "fields": [Point(1), Point(1, Slotted(2)), Typed(a=1), {}, Named(1)],
    "abstract": [Seq(), Map(), range(3), {"k": 1}.keys(), {"k": 1}.values(), types.MappingProxyType({"a": 1})],
    "others": [pathlib.PurePosixPath("/a/b"), ipaddress.ip_address("10.0.0.1")],
    "keys": {datetime.date(2024, 1, 2): 1, uuid.UUID(number): 2, decimal.Decimal("1.5"): 3, Color.RED: 4,
             datetime.datetime(2024, 1, 2, tzinfo=utc): 5},
}

@app.get("/encode")
def encode(name: str):
    return values[name]

class Unknown: pass

refused = {
    "dataclass": Point(1, [Unknown()]),
    "set": {"a": {Unknown()}},
    "sequence": [1, [collections.deque([1, Unknown()])]],
    "enum": [enum.Enum("E", {"X": Unknown()}).X],
    "mapping": types.MappingProxyType({"k": Unknown()}),
    "generator": {"g": (i for i in [1])},
    "enum key": {Color.PAIR: 1},
}

@app.get("/refused")
def refuse(name: str):
    return refused[name]
`

func testEncodeTypes(t *testing.T, s *suite) {
	r := s.load(t, encodeTypesApp)
	for name, want := range map[string]string{
		"datetime":  `["2024-01-02T03:04:05","2024-01-02T03:04:05.000060Z","0001-01-01T00:00:00+05:30","2024-01-02T00:00:00Z"]`,
		"date":      `["2024-01-02","9999-12-31"]`,
		"time":      `["03:04:00","03:04:05.000006Z","03:00:00+05:30"]`,
		"timedelta": `["PT0S","P1DT1H1M1.5S","-PT1M30S"]`,
		"uuid": `["12345678-1234-5678-1234-567812345678","00000000-0000-0000-0000-000000000000",` +
			`"ffffffff-ffff-ffff-ffff-ffffffffffff","12345678-1234-5678-1234-567812345678","spelled"]`,
		"decimal":  `["1.10","1E+400","2"]`,
		"enum":     `["red",[1,2],2]`,
		"sets":     `[[1],[],[2],[1,2]]`,
		"bytes":    `["","YQ==","YWI=","YWJj","+vv8/f7/","YWI=","YWI="]`,
		"fields":   `[{"x":1,"y":null,"hidden":3},{"x":1,"y":{"x":2},"hidden":3},{"a":1},{},[1,"x"]]`,
		"abstract": `[[1,2],{"k":"v"},[0,1,2],["k"],[1],{"a":1}]`,
		"others":   `["/a/b","10.0.0.1"]`,
		"keys": `{"2024-01-02":1,"12345678-1234-5678-1234-567812345678":2,"1.5":3,"red":4,` +
			`"2024-01-02T00:00:00Z":5}`,
	} {
		r.answers("/encode", given{"name": str(name)}, want)
	}
	for name, path := range map[string]string{
		"dataclass": "$.y[0]", "set": "$.a[0]", "sequence": "$[1][0][1]", "enum": "$[0]", "mapping": "$.k",
		"generator": "$.g", "enum key": "$.?",
	} {
		if exc := r.raises("/refused", given{"name": str(name)}, "TypeError"); exc.Path != path {
			t.Errorf("%s: path %q, want %q", name, exc.Path, path)
		}
	}
}
