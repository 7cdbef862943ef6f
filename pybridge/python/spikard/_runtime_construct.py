"""The ways to make instances of an app's classes, for the C shim to choose from."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from spikard._manifest import Collected

# (builder, constructor or None, the fields' names in JSON, is a dict)
Construction = tuple[Callable[..., Any], "type | None", tuple[str, ...], bool]


def constructors(collected: Collected, builders: list[Callable[..., Any]]) -> list[Construction]:
    """How instances are made, by class index.

    The builder takes every field, `MISSING` for those that were not given. The
    constructor, which is faster, takes the first ones in order, where all
    others are absent.
    """
    described = {c["index"]: c for c in collected.manifest["types"].values()}
    out: list[Construction] = []
    for index, cls in enumerate(collected.classes):
        class_ = described.get(index, {})
        names = tuple(field["name"] for field in class_.get("fields") or ())
        is_dict = class_.get("kind") == "typeddict"
        direct = cls if names and not is_dict and _takes_in_order(cls, len(names)) else None
        out.append((builders[index], direct, names, is_dict))
    return out


def _takes_in_order(cls: type, n: int) -> bool:
    try:
        parameters = list(inspect.signature(cls).parameters.values())
    except (TypeError, ValueError):
        return False
    return len(parameters) == n and all(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters)
