"""Simpler values for what the JSON encoder does not know."""

from __future__ import annotations

import dataclasses
import sys
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Mapping, Sequence, Set, ValuesView
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from os import PathLike, fspath
from typing import Any


def default(obj: object) -> object:
    """A value that the encoder knows better, or TypeError."""
    for cls in type(obj).__mro__:
        simplify = _SIMPLER.get(cls)
        if simplify is not None:
            return simplify(obj)
    if dataclasses.is_dataclass(obj) and not isinstance(obj, type):
        return {f.name: getattr(obj, f.name) for f in dataclasses.fields(obj)}
    return _foreign(obj)


def _foreign(obj: Any) -> object:
    """Types of packages that are loaded if the object is of one of them."""
    cls = type(obj)
    loaded = sys.modules
    if "pydantic" in loaded and isinstance(obj, loaded["pydantic"].BaseModel):
        return obj.model_dump(mode="json", by_alias=True)
    if "msgspec" in loaded and isinstance(obj, loaded["msgspec"].Struct):
        return loaded["msgspec"].to_builtins(obj)
    if hasattr(cls, "__attrs_attrs__"):
        return {a.name: getattr(obj, a.name) for a in cls.__attrs_attrs__}
    if "uuid" in loaded and isinstance(obj, loaded["uuid"].UUID):
        return str(obj)
    if isinstance(obj, Mapping):
        return dict(obj)
    if isinstance(obj, (Sequence, Set, ValuesView)):
        return list(obj)
    if isinstance(obj, PathLike):
        return fspath(obj)
    if cls.__module__ == "ipaddress":
        return str(obj)
    raise TypeError(
        f"{cls.__module__}.{cls.__qualname__} can't be written as JSON: return a dict, a list or "
        "a dataclass"
    )


def _base64(value: bytes | bytearray | memoryview) -> str:
    return b64encode(value).decode()


def _datetime(value: datetime | time) -> str:
    # RFC 3339's short form of UTC.
    text = value.isoformat()
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def _timedelta(value: timedelta) -> str:
    """ISO 8601, as P1DT2H3M4.5S."""
    if value < timedelta(0):
        return "-" + _timedelta(-value)
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{value.days}D" if value.days else ""
    fraction = f".{value.microseconds:06}".rstrip("0") if value.microseconds else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or fraction:
        clock += f"{seconds}{fraction}S"
    if not days and not clock:
        return "PT0S"
    return f"P{days}" + (f"T{clock}" if clock else "")


_SIMPLER: dict[type, Callable[[Any], object]] = {
    Enum: lambda value: value.value,
    Decimal: str,
    datetime: _datetime,
    date: date.isoformat,
    time: _datetime,
    timedelta: _timedelta,
    set: list,
    frozenset: list,
    deque: list,
    bytes: _base64,
    bytearray: _base64,
    memoryview: _base64,
}
