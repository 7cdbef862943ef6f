"""Types for the cases in di/testdata/keys.json. What they name is evaluated here."""

import abc
import sys
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction  # the module that defines it counts
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    Optional,
    Protocol,
    TypeVar,
    Union,
)

from .bookshop import Author as Writer

if sys.version_info >= (3, 11):
    from typing import TypeAlias
else:
    TypeAlias = Any

__all__ = [
    "Annotated",
    "Any",
    "Callable",
    "Fraction",
    "Iterator",
    "Literal",
    "Mapping",
    "Optional",
    "Union",
    "Writer",
    "typing",
]

T = TypeVar("T")
K = TypeVar("K")


class User:
    class Settings: ...


class Pool:
    pass


class Repo(Generic[T]):
    class Cursor: ...


class Table(Generic[K, T]):
    pass


class Finder(Protocol):
    def find(self) -> User: ...


class Source(Protocol[T]):
    def next(self, before: T) -> T: ...


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self) -> float: ...


class Color(Enum):
    RED = "red"


class Point(NamedTuple):
    x: int


@dataclass
class Order:
    id: int


def make() -> type:
    class Local:
        class Inner: ...

    return Local


Local = make()
UserId = NewType("UserId", int)
Users: TypeAlias = Repo[User]
Replica = Annotated[Pool, "replica"]

if sys.version_info >= (3, 12):
    exec(  # noqa: S102  # older versions can't read it
        """
type Account = User
type MaybeAccount = User | None
type Backup = Annotated[Pool, "backup"]
type MaybeBackup = Backup | None
type RepoOf[A] = Repo[A]

class Box[A]:
    class Lid: ...
"""
    )
