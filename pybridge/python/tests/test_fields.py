"""How instances are made from fields."""

from __future__ import annotations

import dataclasses
from typing import Annotated, NamedTuple, TypedDict

import pytest

from spikard import Query
from spikard._manifest import MISSING
from spikard._runtime_fields import builder_of

from .describing import only_class


@dataclasses.dataclass
class Item:
    a: int
    b: int = 2
    c: list[int] = dataclasses.field(default_factory=list)
    d: int = dataclasses.field(default=4, kw_only=True)
    e: int = dataclasses.field(default=5, init=False)


@dataclasses.dataclass
class ByPosition:
    a: int
    b: int = 2
    c: int = 3


@dataclasses.dataclass
class Required:
    a: int
    b: int


class Pair(NamedTuple):
    a: int
    b: int = 2


class Loose(TypedDict):
    a: int


class Plain: ...


def test_builders() -> None:
    assert builder_of(Item)(1, MISSING, [3], MISSING) == Item(1, c=[3])
    assert builder_of(Item)(1, 2, [], 9) == Item(1, d=9)
    assert builder_of(ByPosition)(1, MISSING, 4) == ByPosition(1, c=4)
    assert builder_of(ByPosition)(1, 3, 4) == ByPosition(1, 3, 4)
    assert builder_of(Pair)(1, MISSING) == Pair(1)
    for cls in (Required, Loose, Plain):
        assert builder_of(cls) is cls


def test_a_mutable_default_is_made_anew() -> None:
    build = builder_of(Item)
    assert build(1, 2, MISSING, 4).c is not build(1, 2, MISSING, 4).c


def test_constraints_of_all_packages() -> None:
    annotated_types = pytest.importorskip("annotated_types")
    pydantic = pytest.importorskip("pydantic")
    msgspec = pytest.importorskip("msgspec")
    for limit in (
        annotated_types.Len(1, 3),
        msgspec.Meta(min_length=1, max_length=3),
        pydantic.Field(min_length=1, max_length=3),
        Query(min_length=1, max_length=3),
    ):
        cls = dataclasses.make_dataclass("Made", [("x", Annotated[str, limit])])
        described, _ = only_class(cls)
        assert described["fields"][0]["type"] == {"kind": "str", "min_length": 1, "max_length": 3}
