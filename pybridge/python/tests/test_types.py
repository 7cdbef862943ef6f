from __future__ import annotations

import dataclasses
import sys
from collections import namedtuple
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Generic, Literal, NamedTuple, Optional, TypedDict, TypeVar, Union
from uuid import UUID

import pytest

from spikard import Query, UploadFile
from spikard._converters import to_timedelta
from spikard._faults import BindingError
from spikard._types import Types

T = TypeVar("T")
U = TypeVar("U", bound=int)


class Level(IntEnum):
    LOW = 1
    ALSO_LOW = 1
    HIGH = 2


class Empty(Enum):
    pass


class Shape(Enum):
    POINT = (0, 0)


class Plain: ...


@dataclass
class Base(Generic[T]):
    value: T


@dataclass
class Derived(Base[int], Generic[T]):
    other: list[T] = dataclasses.field(default_factory=list)
    hidden: int = dataclasses.field(default=1, init=False)
    by_name: str = dataclasses.field(default="", kw_only=True)


@dataclass
class Node:
    next: Node | None = None
    edges: list[Edge] = dataclasses.field(default_factory=list)


@dataclass
class Edge:
    to: Node


@dataclass
class Broken:
    edge: Edge
    what: Plain


@dataclass
class WithInitVar:
    x: dataclasses.InitVar[int]


@dataclass(init=False)
class OwnInit:
    x: int

    def __init__(self, text: str) -> None:
        self.x = int(text)


class Some(TypedDict):
    a: int


class More(Some, total=False):
    b: str


class Point(NamedTuple):
    x: int
    y: int = 0


Loose = namedtuple("Loose", "a b")


def one(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, **more}


INT, STR, ANY, NONE = one("int"), one("str"), one("any"), one("none")

CASES: list[tuple[Any, dict[str, Any]]] = [
    (Any, ANY),
    (object, ANY),
    (None, NONE),
    (bool, one("bool")),
    (float, one("float")),
    (bytes, one("bytes")),
    (bytearray, one("bytes", converter=1)),
    (UploadFile, one("upload", converter=1)),
    (Annotated[bytes, Query(max_length=3)], one("bytes", max_length=3)),
    (Optional[int], one("union", items=[INT, NONE])),  # noqa: UP045
    (int | str, one("union", items=[INT, STR])),
    (Union[int, str, None], one("union", items=[INT, STR, NONE])),  # noqa: UP007
    (list, one("list", items=[ANY])),
    (Sequence[int], one("list", items=[INT])),
    (tuple, one("vartuple", items=[ANY])),
    (tuple[int, ...], one("vartuple", items=[INT])),
    (tuple[int, str], one("tuple", items=[INT, STR])),
    (tuple[()], one("tuple", items=[])),
    (dict, one("dict", items=[ANY, ANY])),
    (Mapping[str, int], one("dict", items=[STR, INT])),
    (dict[int, str], one("dict", items=[INT, STR], converter=1)),
    (set[int], one("set", items=[INT], converter=1)),
    (frozenset[int], one("frozenset", items=[INT], converter=1)),
    (UUID, one("uuid", converter=1)),
    (Decimal, one("decimal", converter=1)),
    (datetime, one("datetime", converter=1)),
    (date, one("date", converter=1)),
    (time, one("time", converter=1)),
    (timedelta, one("timedelta", converter=1)),
    (Literal["a", 1, None], one("literal", values=["a", 1, None])),
    (Level, one("enum", ref=f"__type__{__name__}.Level", values=[1, 2], converter=1)),
    (T, ANY),
    (U, INT),
    (list["int"], one("list", items=[INT])),
    (dict[str, list["int"]] | None,
     one("union", items=[one("dict", items=[STR, one("list", items=[INT])]), NONE])),
    (Annotated[list["int"], Query(min_length=1)], one("list", items=[INT], min_length=1)),
    (Optional[list["int"]], one("union", items=[one("list", items=[INT]), NONE])),  # noqa: UP045
    (Annotated[int, "doc"], INT),
    (Annotated[int, Query(ge=1, lt=5)], one("int", ge=1, lt=5)),
    (Annotated[Decimal, Query(gt=0.5)], one("decimal", converter=1, gt=0.5)),
    (Annotated[str | None, Query(max_length=2)],
     one("union", items=[one("str", max_length=2), NONE])),
    (list[Annotated[str, Query(min_length=0)]], one("list", items=[one("str", min_length=0)])),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "described"), CASES, ids=str)
def test_described(annotation: Any, described: dict[str, Any]) -> None:
    def function(x: Any) -> None: ...

    from spikard._signature import hints_of

    function.__annotations__["x"] = annotation
    assert Types().describe(hints_of(function)["x"]) == described


REFUSED: list[tuple[Any, str]] = [
    (Plain, "Plain is not a type"),
    (complex, "complex is not a type"),
    (Empty, "needs members"),
    (Shape, "needs members"),
    (dict[Plain, int], "Plain is not"),
    (dict[tuple[int, int], int], "keys of a dict"),
    (Literal[b"x"], "Literal[b'x']"),
    (Broken, "field what: "),
    (WithInitVar, "its constructor takes x"),
    (OwnInit, "its constructor takes text"),
    (list[Plain], "Plain is not"),
    (type[int], "not a type that a request can hold"),
    (Annotated[int, Query(min_length=1)], "min_length=1 can't constrain a value of type int"),
    (Annotated[datetime, Query(gt=1)], "gt=1 can't constrain a value of type datetime"),
    (Annotated[int, Query(gt=float("nan"))], "must be a number"),
    (Annotated[int, Query(multiple_of=0)], "must be above 0"),
    (Annotated[str, Query(min_length=-1)], "at least 0"),
]


@pytest.mark.parametrize(("annotation", "message"), REFUSED, ids=str)
def test_refused(annotation: Any, message: str) -> None:
    types = Types()
    with pytest.raises(BindingError) as caught:
        types.describe(annotation)
    assert message in str(caught.value)
    assert (types.table, types.classes) == ({}, [])


def test_a_refused_type_leaves_the_classes_of_others() -> None:
    types = Types()
    types.describe(Node)
    before = dict(types.table)
    with pytest.raises(BindingError):
        types.describe(Broken)
    assert types.table == before
    assert types.classes == [Node, Edge]


def test_recursive_classes() -> None:
    types = Types()
    assert types.describe(Node) == one("class", ref=f"__type__{__name__}.Node")
    assert list(types.table) == [f"__type__{__name__}.Node", f"__type__{__name__}.Edge"]


def test_type_variables_are_those_of_the_class_that_declares_the_field() -> None:
    types = Types()
    types.describe(Derived[str])
    [described] = types.table.values()
    assert [(f["name"], f["type"], f["required"]) for f in described["fields"]] == [
        ("value", INT, True),
        ("other", one("list", items=[STR]), False),
        ("by_name", STR, False),
    ]


def test_typeddict_and_namedtuple_fields() -> None:
    types = Types()
    for cls in (More, Point, Loose):
        types.describe(cls)
    found = [
        (d["kind"], [(f["name"], f["type"]["kind"], f["required"]) for f in d["fields"]])
        for d in types.table.values()
    ]
    assert found == [
        ("typeddict", [("a", "int", True), ("b", "str", False)]),
        ("namedtuple", [("x", "int", True), ("y", "int", False)]),
        ("namedtuple", [("a", "any", True), ("b", "any", True)]),
    ]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="NotRequired came with Python 3.11")
def test_required_and_not_required() -> None:
    namespace: dict[str, Any] = {"__name__": __name__}
    exec(  # noqa: S102
        "from __future__ import annotations\n"
        "from typing import NotRequired, Required, TypedDict\n"
        "class Mixed(TypedDict, total=False):\n"
        "    a: Required[int]\n"
        "    b: NotRequired[int]\n"
        "    c: int\n",
        namespace,
    )
    types = Types()
    globals().update(NotRequired=namespace["NotRequired"], Required=namespace["Required"])
    types.describe(namespace["Mixed"])
    [described] = types.table.values()
    assert [f["required"] for f in described["fields"]] == [True, False, False]


def test_each_converter_is_there_once() -> None:
    types = Types()
    for annotation in (UUID, list[UUID], set[UUID], set[int], Level):
        types.describe(annotation)
    assert types.converters == [None, UUID, set, Level]


def test_only_public_methods_of_user_classes_are_described() -> None:
    class Parent:
        def first(self, x: int, *, y: str = "") -> None: ...
        def _private(self) -> None: ...
        def variadic(self, *args: int) -> None: ...
        @staticmethod
        def static() -> None: ...
        @property
        def prop(self) -> int:
            return 1

    class Child(Parent):
        async def second(self, plain: Plain) -> Plain: ...  # type: ignore[empty-body]

    types = Types()
    types.add_class(Child, methods=True)
    [described] = types.table.values()
    assert [(m["name"], m["async"]) for m in described["methods"]] == [
        ("first", False),
        ("second", True),
    ]
    first, second = described["methods"]
    assert [(p["name"], p["type"], p["required"]) for p in first["params"]] == [
        ("x", INT, True),
        ("y", STR, False),
    ]
    assert first["returns"] == NONE
    assert (second["params"][0]["type"], second["returns"]) == (ANY, ANY)


@pytest.mark.parametrize(
    ("value", "duration"),
    [
        (1.5, timedelta(seconds=1.5)),
        (-2, timedelta(seconds=-2)),
        ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ("-P1W", timedelta(weeks=-1)),
        ("PT0S", timedelta()),
        ("90", timedelta(seconds=90)),
    ],
)
def test_durations(value: str | float, duration: timedelta) -> None:
    assert to_timedelta(value) == duration


def test_constraints_of_other_packages() -> None:
    annotated_types = pytest.importorskip("annotated_types")
    pydantic = pytest.importorskip("pydantic")
    msgspec = pytest.importorskip("msgspec")
    types = Types()
    cases: list[tuple[Any, dict[str, Any]]] = [
        (Annotated[int, annotated_types.Ge(1)], one("int", ge=1)),
        (Annotated[int, annotated_types.Interval(gt=1, le=5)], one("int", gt=1, le=5)),
        (Annotated[str, annotated_types.Len(1, 3)], one("str", min_length=1, max_length=3)),
        (Annotated[str, msgspec.Meta(pattern="^a", description="x")], one("str", pattern="^a")),
        (Annotated[int, pydantic.Field(ge=1, description="x")], one("int", ge=1)),
        (Annotated[str, pydantic.Field(pattern="^a", max_length=3)],
         one("str", pattern="^a", max_length=3)),
    ]  # fmt: skip
    for annotation, described in cases:
        assert types.describe(annotation) == described
    for bad in (
        Annotated[int, annotated_types.Predicate(bool)],
        Annotated[int, pydantic.AfterValidator(abs)],
        Annotated[int, pydantic.Field(alias="x")],
    ):
        with pytest.raises(BindingError):
            types.describe(bad)
