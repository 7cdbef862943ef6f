"""How instances of an app's classes are built from fields, and written."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from spikard._manifest import MISSING


def shape_of(cls: type) -> tuple[str, ...] | None:
    """The attributes an instance is written as JSON with.

    None for a class that is not a dataclass: it goes through `_encode.default`.
    """
    if not dataclasses.is_dataclass(cls):
        return None
    return tuple(f.name for f in dataclasses.fields(cls))


def builder_of(cls: type) -> Callable[..., Any]:
    """A function of the fields, in the manifest's order, that makes an instance.

    A field that was not given is `MISSING`.
    """
    if not dataclasses.is_dataclass(cls):
        names: tuple[str, ...] = tuple(getattr(cls, "_fields", ()))
        return _by_name(cls, names) if names else cls
    fields = [f for f in dataclasses.fields(cls) if f.init]
    plain = all(
        f.default is dataclasses.MISSING
        and f.default_factory is dataclasses.MISSING
        and not f.kw_only
        for f in fields
    )
    return cls if plain else _by_name(cls, tuple(f.name for f in fields))


def _by_name(cls: type, names: tuple[str, ...]) -> Callable[..., Any]:
    def build(*values: object) -> Any:
        return cls(**{n: v for n, v in zip(names, values, strict=True) if v is not MISSING})

    return build
