"""Structs for test_msgspec, which skips where msgspec is not installed."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, ValidationError, field

from spikard import UploadFile

T = TypeVar("T")

__all__ = ["ValidationError"]


class Plain: ...


class Item(Struct, rename="camel", forbid_unknown_fields=True):
    first_name: str
    age: Annotated[int, Meta(ge=0)] = 3
    tags: list[str] = []
    nick: str = field(name="alias", default="")


class Pair(Struct):
    a: int
    b: int


class Named(Struct, kw_only=True):
    a: int
    b: int = 2


class Derived(Named):
    c: int


class Box(Struct, Generic[T]):
    value: T
    next: Box[T] | None = None


class Cat(Struct, tag=True):
    n: int


class Dog(Struct, tag=True):
    n: int


Pet = Cat | Dog


class Row(Struct, array_like=True):
    a: int
    b: str


class Patch(Struct):
    a: int | UnsetType = UNSET
    raw: msgspec.Raw = msgspec.Raw()


class Owner(Struct):
    pet: Pet
    pets: list[Pet]


class Bad(Struct):
    x: Plain


class Tagged(Struct, tag=True):
    x: list[Plain]


class Upload(Struct):
    name: str
    file: UploadFile
