"""Classes for test_attrs, which skips where attrs is not installed."""

from __future__ import annotations

from typing import Annotated, Any

import attr
import attrs

from spikard import Query


def parse(text: str) -> int:
    return int(text)


@attrs.define
class Item:
    name: Annotated[str, Query(min_length=1)]
    _secret: int
    size: int = attrs.field(converter=parse)
    loose: int = attrs.field(converter=int, default=0)
    tags: list[str] = attrs.field(factory=list, kw_only=True)
    hidden: int = attrs.field(init=False, default=7)
    other: str = attrs.field(default="x", alias="another")

    @property
    def secret(self) -> int:
        return self._secret


Old: Any = attr.make_class("Old", {"x": attr.ib(type=int), "y": attr.ib(default=2)})


@attrs.define(init=False)
class Own:
    x: int

    def __init__(self, text: str) -> None:
        self.x = int(text)
