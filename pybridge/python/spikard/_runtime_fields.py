"""How instances of an app's classes are built from fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spikard._fields import kind_of, members_of
from spikard._manifest import MISSING


def builder_of(cls: type) -> Callable[..., Any]:
    """A function of the fields, in the manifest's order, that makes an instance.

    A field that was not given is `MISSING`. It is the class itself where every
    field is always given and goes by position.
    """
    if kind_of(cls) in (None, "typeddict"):
        return cls
    members = members_of(cls)
    if not any(m.keyword for m in members):
        if all(m.required for m in members):
            return cls
        return _by_position(cls, tuple(m.argument for m in members))
    return _by_name(cls, tuple(m.argument for m in members))


def _by_position(cls: type, names: tuple[str, ...]) -> Callable[..., Any]:
    by_name = _by_name(cls, names)

    def build(*values: object) -> Any:
        for value in values:
            if value is MISSING:
                return by_name(*values)
        return cls(*values)

    return build


def _by_name(cls: type, names: tuple[str, ...]) -> Callable[..., Any]:
    def build(*values: object) -> Any:
        return cls(**{n: v for n, v in zip(names, values, strict=True) if v is not MISSING})

    return build
