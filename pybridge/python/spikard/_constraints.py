"""Limits of values, from the markers and from what Annotated carries."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from spikard._faults import BindingError
from spikard._params import CONSTRAINTS, Marker

NUMBERS = frozenset({"int", "float", "decimal"})
SIZED = frozenset({"str", "bytes", "list", "set", "frozenset", "vartuple", "dict"})

_ALLOWED = {
    **dict.fromkeys(("gt", "ge", "lt", "le", "multiple_of"), NUMBERS),
    **dict.fromkeys(("min_length", "max_length"), SIZED),
    "pattern": frozenset({"str"}),
}

# Packages whose objects in Annotated are promises to the user. Others are none
# of our business (PEP 593).
_PACKAGES = frozenset({"annotated_types", "msgspec", "pydantic", "spikard"})

# Attributes of theirs that only document the value.
_HARMLESS = frozenset({"Unit", "DocInfo", "doc"})


def constraints_in(metadata: Iterable[Any]) -> dict[str, Any]:
    """The constraints that the objects in an Annotated carry."""
    out: dict[str, Any] = {}
    for item in metadata:
        if isinstance(item, Marker):
            out |= item.constraints
        elif type(item).__module__.partition(".")[0] in _PACKAGES:
            out |= _foreign(item)
    return out


def neutral_constraints(metadata: Iterable[Any]) -> dict[str, Any]:
    """Those that pydantic doesn't read by itself."""
    msgspec = sys.modules.get("msgspec")
    own = (Marker,) if msgspec is None else (Marker, msgspec.Meta)
    return constraints_in(m for m in metadata if isinstance(m, own))


def _foreign(item: Any) -> dict[str, Any]:
    found = dict(_attributes(item))
    nested = getattr(item, "metadata", None)  # of a pydantic Field
    if isinstance(nested, list):
        found |= constraints_in(nested)
        alias = getattr(item, "alias", None) or getattr(item, "validation_alias", None)
        if alias:
            raise BindingError(f"alias {alias!r} of a pydantic Field is not supported here")
    elif not found and type(item).__module__ == "annotated_types":
        if isinstance(item, Iterable):  # a group of others
            found |= constraints_in(item)
        elif type(item).__name__ not in _HARMLESS:
            raise BindingError(f"{item!r} in Annotated is not supported")
    elif not found and type(item).__name__ != "Meta":
        raise BindingError(f"{item!r} in Annotated is not supported")
    return found


def _attributes(item: Any) -> Iterator[tuple[str, Any]]:
    for name in CONSTRAINTS:
        value = getattr(item, name, None)
        # min_length=0 is what Len() has where nothing was said.
        if value is not None and (name, value) != ("min_length", 0):
            yield name, value


def constrain(described: dict[str, Any], constraints: Mapping[str, Any]) -> dict[str, Any]:
    """The type with constraints; those of a union are put on the members they fit."""
    for name, value in constraints.items():
        described = _constrain(described, name, _checked(name, value))
    return described


def _constrain(described: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    if described["kind"] in _ALLOWED[name]:
        return {**described, name: value}
    if described["kind"] == "union":
        fits = [i["kind"] in _ALLOWED[name] for i in described["items"]]
        if any(fits):
            items = [
                _constrain(item, name, value) if fit else item
                for item, fit in zip(described["items"], fits, strict=True)
            ]
            return {**described, "items": items}
    raise BindingError(f"{name}={value!r} can't constrain a value of type {described['kind']}")


def _checked(name: str, value: Any) -> Any:
    if name == "pattern":
        return _pattern(value)
    if name in ("min_length", "max_length"):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise BindingError(f"{name}={value!r} must be an int of at least 0")
        return value
    if isinstance(value, Decimal) and value.is_finite():
        value = int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise BindingError(f"{name}={value!r} must be a number")
    if name == "multiple_of" and value <= 0:
        raise BindingError(f"multiple_of={value!r} must be above 0")
    return value


def _pattern(value: Any) -> str:
    text = value.pattern if isinstance(value, re.Pattern) else value
    if not isinstance(text, str):
        raise BindingError(f"pattern={value!r} must be a text")
    try:
        re.compile(text)
    except re.error as exc:
        raise BindingError(f"pattern={text!r} is not a regular expression: {exc}") from exc
    return text
