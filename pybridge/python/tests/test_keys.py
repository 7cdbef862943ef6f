from __future__ import annotations

import sys
import typing
from typing import Annotated, Any, Generic, NewType, Optional, TypeVar, Union

import pytest

from spikard._keys import key_of

T = TypeVar("T")
UserId = NewType("UserId", int)


class User:
    class Inner: ...


class Repo(Generic[T]): ...


HERE = __name__

CASES: list[tuple[Any, str]] = [
    (User, f"__type__{HERE}.User"),
    (User.Inner, f"__type__{HERE}.User.Inner"),
    (int, "__type__builtins.int"),
    (UserId, f"__type__{HERE}.UserId"),
    (Repo[User], f"__type__{HERE}.Repo[{HERE}.User]"),
    (Repo[Repo[int]], f"__type__{HERE}.Repo[{HERE}.Repo[builtins.int]]"),
    (Repo, f"__type__{HERE}.Repo"),
    (dict[str, User], f"__type__builtins.dict[builtins.str,{HERE}.User]"),
    (typing.List[int], "__type__builtins.list[builtins.int]"),  # noqa: UP006
    (tuple[int, ...], "__type__builtins.tuple[builtins.int,...]"),
    (Optional[User], f"__type__{HERE}.User"),  # noqa: UP045
    (User | None, f"__type__{HERE}.User"),
    (Union[User, int], f"__type__{HERE}.User|builtins.int"),  # noqa: UP007
    (Repo[User | None], f"__type__{HERE}.Repo[{HERE}.User|None]"),
    (Annotated[User, "main"], f"__type__{HERE}.User#main"),
    (Annotated[User | None, "main"], f"__type__{HERE}.User#main"),
    (Annotated[User, "main"] | None, f"__type__{HERE}.User#main"),
    (Annotated[User, 3], f"__type__{HERE}.User"),
    (Annotated[Any, "main"], "main"),
    ("main", "main"),
]


@pytest.mark.parametrize(("annotation", "key"), CASES, ids=str)
def test_key(annotation: Any, key: str) -> None:
    assert key_of(annotation) == key


@pytest.mark.skipif(sys.version_info < (3, 12), reason="`type X = ...` came with Python 3.12")
def test_alias_has_the_key_of_what_it_stands_for() -> None:
    namespace: dict[str, Any] = {"User": User, "Repo": Repo, "__name__": HERE}
    exec("type Alias = User\ntype Repos[A] = Repo[A]", namespace)  # noqa: S102
    assert key_of(namespace["Alias"]) == key_of(User)
    assert key_of(namespace["Repos"][int]) == key_of(Repo[int])
