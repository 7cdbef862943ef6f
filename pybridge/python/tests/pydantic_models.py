"""Models for test_pydantic, which skips where pydantic is not installed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Generic, Literal, Optional, TypeVar

from pydantic import AnyUrl, BaseModel, Field, RootModel, ValidationError
from pydantic.dataclasses import dataclass as checked

T = TypeVar("T")

__all__ = ["ValidationError"]


class Item(BaseModel):
    name: str = Field(min_length=2, alias="Name")
    price: float = 0


class Tree(BaseModel):
    children: list[Tree] = []


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


class Page(BaseModel, Generic[T]):
    items: list[T]


class Names(RootModel[list[str]]):
    pass


class Unfinished(BaseModel):
    x: Nowhere  # type: ignore[name-defined]  # noqa: F821


@checked
class Point:
    x: int


@dataclass
class Order:
    item: Item
    others: list[Item]
    link: Optional[AnyUrl] = None  # noqa: UP045
    note: str = ""


@dataclass
class Envelope(Generic[T]):
    content: T


NotEmpty = Annotated[list[Item], Field(min_length=1)]
