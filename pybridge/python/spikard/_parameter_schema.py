"""`parameter_schema=`: parameters described by a JSON Schema."""

from __future__ import annotations

import copy
from datetime import date, datetime, time
from enum import Enum
from typing import Any, Union
from uuid import UUID

from spikard import _classes
from spikard._arguments import own_default
from spikard._faults import BindingError
from spikard._kinds import CONVERTED, SETS
from spikard._missing import MISSING
from spikard._params import Marker
from spikard._schemas import schema_of
from spikard._signature import EMPTY, Parameter
from spikard._source import shown

_SOURCES = ("query", "path", "header", "cookie")
_DEFINITIONS = ("$defs", "definitions")

_TYPES: dict[str, Any] = {
    "integer": int,
    "number": float,
    "boolean": bool,
    "string": str,
    "null": None,
    "object": dict,
}
_FORMATS = {"uuid": UUID, "date": date, "date-time": datetime, "time": time}


class ParameterSchema:
    """The schema of an object whose properties are a handler's parameters."""

    def __init__(self, given: Any) -> None:
        """Raises BindingError for one that is no such schema."""
        self._left: dict[str, Property] = {}
        if given is None:
            return
        schema = schema_of(given, "parameter_schema")
        properties = schema.get("properties", {}) if isinstance(schema, dict) else None
        required = schema.get("required", []) if isinstance(schema, dict) else None
        if not isinstance(properties, dict) or not isinstance(required, list):
            raise BindingError(
                'parameter_schema must be the schema of an object, as {"type": "object", '
                '"properties": {name: {..., "source": "query"}}, "required": [name]}'
            )
        shared = {n: schema[n] for n in _DEFINITIONS if n in schema}
        for name, own in properties.items():
            self._left[name] = Property(name, own, shared, required=name in required)
        if unknown := [n for n in required if not isinstance(n, str) or n not in properties]:
            raise BindingError(f"parameter_schema requires {unknown[0]!r}: no property of it")

    def take(self, *names: str) -> Property | None:
        """The property of a parameter, by its name in Python or on the wire."""
        for name, found in self._left.items():
            if any(found.is_called(n) for n in names):
                return self._left.pop(name)
        return None

    def left(self) -> list[str]:
        """The properties that no parameter has taken."""
        return list(self._left)


class Property:
    """What the schema says of one parameter."""

    def __init__(self, name: str, own: Any, shared: dict[str, Any], *, required: bool) -> None:
        where = f"parameter_schema: {name}"
        if not isinstance(own, dict):
            raise BindingError(f"{where} must be a dict, not {own!r}")
        self._name = name
        self._source = own.pop("source", None)
        self._separator = own.pop("separator", None)
        self._schema = {**shared, **own}
        self._required = required
        self._default = own.get("default", MISSING)
        if self._source not in (None, *_SOURCES):
            raise BindingError(
                f"{where} has the source {self._source!r}, which is none of {', '.join(_SOURCES)}"
            )

    def is_called(self, name: str) -> bool:
        """Whether this is the property of a parameter of that name."""
        if self._source == "header":
            return self._name.lower().replace("_", "-") == name.lower().replace("_", "-")
        return self._name == name

    def applied(
        self, p: Parameter, annotation: Any, marker: Marker | None
    ) -> tuple[Parameter, Any, Marker]:
        """The parameter as the schema and its own marker have it."""
        if marker is None:
            marker = Marker(self._source or "query", alias=self._name)
        elif self._source not in (None, marker.place):
            raise BindingError(
                f"comes from the {marker.place}, and in parameter_schema from the {self._source}"
            )
        if marker.schema is not None:
            raise BindingError(f"has a schema in {marker!r} and one in parameter_schema")
        marker = copy.copy(marker)
        marker.schema = self._schema
        marker.separator = marker.separator or self._separator
        if annotation is EMPTY:
            annotation = _annotation(self._schema)
        return self._with_default(p, annotation, marker), annotation, marker

    def _with_default(self, p: Parameter, annotation: Any, marker: Marker) -> Parameter:
        """Python's default goes ahead of the schema's; without any, None does where it may."""
        given = own_default(p) is not MISSING or marker.default is not MISSING
        if marker.place == "path":
            return p
        if self._required and self._default is MISSING:
            marker.default, marker.default_factory = MISSING, None
            return p._replace(default=MISSING)
        if not given and marker.default_factory is None:
            if self._default is not MISSING:
                marker.default = _typed(self._default, annotation)
            elif p.annotation is EMPTY or _classes.allows_none(annotation):
                marker.default = None
        return p


def _annotation(schema: dict[str, Any]) -> Any:
    """The Python type of what the schema describes; EMPTY where it doesn't say."""
    names = schema.get("type", [])
    names = names if isinstance(names, list) else [names]
    if not names or any(n not in (*_TYPES, "array") for n in names):
        return EMPTY
    types = tuple(_type(n, schema) for n in names)
    return types[0] if len(types) == 1 else Union[types]  # noqa: UP007  # they are in a tuple


def _type(name: str, schema: dict[str, Any]) -> Any:
    if name == "array":
        items = schema.get("items")
        item = _annotation(items) if isinstance(items, dict) else EMPTY
        return list[str] if item is EMPTY else list[item]  # type: ignore[valid-type]
    if name == "string":
        return _FORMATS.get(str(schema.get("format")), str)
    return _TYPES[name]


def _typed(default: Any, annotation: Any) -> Any:
    """The schema's default, a JSON value, as the parameter's type."""
    cls = _classes.class_of(annotation)
    if cls is None or default is None or isinstance(default, cls):
        return default
    convert: Any = CONVERTED[cls][1] if cls in CONVERTED else cls
    if cls not in (*CONVERTED, *SETS, frozenset, tuple, float) and not issubclass(cls, Enum):
        return default
    try:
        return convert(default)
    except (TypeError, ValueError, ArithmeticError) as exc:
        raise BindingError(
            f"the default {default!r} in parameter_schema is no {shown(cls)}"
        ) from exc
