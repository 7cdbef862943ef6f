"""The kinds of types: those that are a kind by themselves, and what the kinds can be."""

from __future__ import annotations

import collections.abc as abc
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from spikard._converters import to_timedelta
from spikard._uploads import UploadFile, to_upload

Described = dict[str, Any]

PLAIN: dict[Any, str] = {
    Any: "any",
    object: "any",
    None: "none",
    type(None): "none",
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    bytes: "bytes",
}
CONVERTED: dict[Any, tuple[str, Callable[[Any], Any]]] = {
    UUID: ("uuid", UUID),
    Decimal: ("decimal", Decimal),
    datetime: ("datetime", datetime.fromisoformat),
    date: ("date", date.fromisoformat),
    time: ("time", time.fromisoformat),
    timedelta: ("timedelta", to_timedelta),
    bytearray: ("bytes", bytearray),
    UploadFile: ("upload", to_upload),
}
LISTS = (list, abc.Sequence, abc.MutableSequence, abc.Iterable, abc.Collection)
SETS = (set, abc.Set, abc.MutableSet)
DICTS = (dict, abc.Mapping, abc.MutableMapping)
_SCALARS = frozenset(
    {"none", "bool", "int", "float", "str", "bytes", "uuid", "decimal", "datetime", "date", "time"}
    | {"timedelta", "literal", "enum"}
)
KNOWN = frozenset({*PLAIN, *CONVERTED, *LISTS, *SETS, *DICTS, tuple, frozenset})
# Their classes are neither injected by their types nor described.
NO_CLASSES = frozenset({"builtins", "collections.abc", "typing"})
_SEQUENCES = frozenset({"list", "set", "frozenset", "vartuple", "tuple"})


def is_scalar(described: Described) -> bool:
    """Whether a value fits into one text: a query parameter, a header."""
    if described["kind"] == "union":
        return all(map(is_scalar, described["items"]))
    return described["kind"] in _SCALARS


def is_text(described: Described) -> bool:
    """Whether a value fits into one text, or into one for each item."""
    if described["kind"] == "union":
        return all(map(is_text, described["items"]))
    if described["kind"] in _SEQUENCES:
        return all(map(is_scalar, described.get("items", ())))
    return is_scalar(described)


def is_raw(described: Described, *kinds: str) -> bool:
    """Whether the values are of one of the kinds, or None besides."""
    found = {m["kind"] for m in members(described)} - {"none"}
    return bool(found) and found <= set(kinds)


def is_file(described: Described, *kinds: str) -> bool:
    """Whether the value is a file of one of the kinds, or a list of such."""
    kind = described["kind"]
    if kind == "union" or kind in _SEQUENCES:
        found = [i for i in described["items"] if i["kind"] != "none"]
        return bool(found) and all(is_file(i, *kinds) for i in found)
    return kind in kinds


def members(described: Described) -> list[Described]:
    """The members of a union, those of unions in it too; or the type itself."""
    if described["kind"] != "union":
        return [described]
    return [m for item in described["items"] for m in members(item)]
