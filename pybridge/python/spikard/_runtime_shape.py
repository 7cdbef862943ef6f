"""How the C shim writes the instances of a class as JSON."""

from __future__ import annotations

import dataclasses
import sys
from collections import deque
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any

from spikard import _encode

# (kind, what goes with it); the numbers are those of encode.h.
Shape = tuple[int, Any]

_DEFAULT: Shape = (0, None)
_FIELDS = 1  # an object of the attributes with these names
_CALL = 2  # what the function gives
_RAW = 3  # the JSON text, as bytes, that the function gives
_ITEMS: Shape = (4, None)  # an array of what it iterates over
_ATTRIBUTE = 5  # the attribute of this name
_UUID: Shape = (6, "int")
_ISO: Shape = (7, "isoformat")

_BY_BASE: dict[type, Shape] = {
    Enum: (_ATTRIBUTE, "_value_"),
    Decimal: (_CALL, str),
    datetime: _ISO,
    date: _ISO,
    time: _ISO,
    set: _ITEMS,
    frozenset: _ITEMS,
    deque: _ITEMS,
}


def shape_of(cls: Any) -> Shape:
    """How an instance is written; what `_encode.default` makes of it where nothing is faster."""
    if issubclass(cls, Enum):
        return _BY_BASE[Enum]
    return _of_library(cls) or _of_fields(cls) or _of_base(cls) or _DEFAULT


def _of_library(cls: Any) -> Shape | None:
    """Models that their libraries write; a pydantic dataclass is one too."""
    if "pydantic" in sys.modules and hasattr(cls, "__pydantic_serializer__"):
        return _RAW, partial(cls.__pydantic_serializer__.to_json, by_alias=True)
    msgspec: Any = sys.modules.get("msgspec")
    if msgspec is not None and issubclass(cls, msgspec.Struct):
        return _RAW, msgspec.json.Encoder(enc_hook=_encode.default).encode
    return None


def _of_fields(cls: Any) -> Shape | None:
    if dataclasses.is_dataclass(cls):
        return _FIELDS, tuple(f.name for f in dataclasses.fields(cls))
    if hasattr(cls, "__attrs_attrs__"):
        return _FIELDS, tuple(a.name for a in cls.__attrs_attrs__)
    return None


def _of_base(cls: Any) -> Shape | None:
    for base in cls.__mro__:
        if base in _BY_BASE:
            return _BY_BASE[base]
    uuid: Any = sys.modules.get("uuid")
    if uuid is not None and issubclass(cls, uuid.UUID):
        return _UUID if cls.__str__ is uuid.UUID.__str__ else (_CALL, str)
    return None
