from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from spikard._suspends import kind_of, suspends


async def leaf() -> int:
    return 1


async def awaits() -> int:
    return await leaf()


async def unreached() -> None:
    if not __name__:
        await leaf()


async def loops(source: AsyncIterator[int]) -> int:
    return sum([x async for x in source])


async def loops_plainly(source: AsyncIterator[int]) -> None:
    async for _ in source:
        pass


async def enters(manager: Any) -> None:
    async with manager:
        pass


async def comprehends() -> list[int]:
    return [await leaf() for _ in range(2)]


async def defines() -> Any:
    async def inner() -> int:
        return await leaf()

    return inner


async def yields() -> AsyncIterator[int]:
    yield 1


async def yields_and_awaits() -> AsyncIterator[int]:
    yield await leaf()


async def yields_in_loop(source: AsyncIterator[int]) -> AsyncIterator[int]:
    async for x in source:
        yield x


async def yields_below(manager: Any) -> AsyncIterator[int]:
    async with manager:
        yield 1


def plain() -> int:
    return 1


def generates() -> Iterator[int]:
    yield 1


class Handlers:
    async def method(self) -> int:
        return 1

    async def waits(self) -> int:
        return await leaf()

    async def __call__(self) -> int:
        return await leaf()


def wrap(function: Any) -> Any:
    @functools.wraps(function)
    async def wrapper(*args: Any) -> Any:
        return await function(*args)

    return wrapper


CASES: list[tuple[Any, str, bool]] = [
    (leaf, "coroutine", False),
    (awaits, "coroutine", True),
    (unreached, "coroutine", True),
    (loops, "coroutine", True),
    (loops_plainly, "coroutine", True),
    (enters, "coroutine", True),
    (comprehends, "coroutine", True),
    (defines, "coroutine", False),
    (yields, "async_generator", False),
    (yields_and_awaits, "async_generator", True),
    (yields_in_loop, "async_generator", True),
    (yields_below, "async_generator", True),
    (Handlers().method, "coroutine", False),
    (Handlers().waits, "coroutine", True),
    (Handlers(), "coroutine", True),
    (functools.partial(leaf), "coroutine", False),
    (functools.partial(functools.partial(awaits)), "coroutine", True),
    (functools.partial(Handlers().method), "coroutine", False),
    (wrap(leaf), "coroutine", True),
]


@pytest.mark.parametrize(("target", "kind", "may"), CASES)
def test_asynchronous(target: Any, kind: str, may: bool) -> None:
    assert kind_of(target) == kind
    assert suspends(target) is may


@pytest.mark.parametrize(
    ("target", "kind"),
    [(plain, "function"), (generates, "generator"), (Handlers, "class"), (len, "function")],
)
def test_synchronous(target: Any, kind: str) -> None:
    assert kind_of(target) == kind


@pytest.mark.skipif(sys.version_info < (3, 12), reason="markcoroutinefunction came with 3.12")
def test_what_can_not_be_told_may_suspend() -> None:
    @inspect.markcoroutinefunction  # type: ignore[attr-defined,untyped-decorator,unused-ignore]
    def marked() -> Any:
        return leaf()

    assert kind_of(marked) == "coroutine"
    assert suspends(marked)


@pytest.mark.parametrize("target", [t for t, kind, may in CASES if kind == "coroutine" and not may])
def test_what_does_not_suspend_ends_at_its_first_step(target: Any) -> None:
    coroutine = target()
    with pytest.raises(StopIteration):
        coroutine.send(None)
