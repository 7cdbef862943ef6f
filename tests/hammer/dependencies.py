"""What the providers and handlers of generated apps have in common."""

import asyncio
import gc
import itertools
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from spikard import HTTPException, Request

# What a provider or handler is told to do; dependency_plan_test.go has the numbers.
RAISE, REFUSE, LEAVE = 1, 2, 3
SLOW = 7

PAUSE = 0.002


class V:
    """A value that says which one it is, made by Python or by Go."""

    def __init__(self, serial: int) -> None:
        self.serial = serial

    def number(self) -> int:
        return self.serial


class Book:
    """A request's journal, which Go keeps."""

    def open(self, node: int, needs: list[int]) -> int: ...

    def close(self, serial: int, failure: str | None) -> int: ...

    def handle(self, needs: list[int]) -> int: ...

    async def rest(self) -> None: ...


class Ledger:
    """The journal of the singletons, which Go keeps."""

    def open(self, node: int, needs: list[int]) -> int: ...

    def close(self, serial: int, failure: str | None) -> int: ...

    def replay(self, query: str, events: list[list[Any]], failed: bool) -> None: ...

    async def rest(self) -> None: ...


class Missing:
    """Nothing provides it."""


class PyBook:
    """A request's journal, which Python keeps and Go checks at the end."""

    def __init__(self, query: str, plan: dict[str, int]) -> None:
        self.query = query
        self.plan = plan
        self.events: list[list[Any]] = []
        self.serials = itertools.count(plan["r"] << 10)

    def open(self, node: int, needs: list[int]) -> int:
        how = self.plan["oh"] if self.plan["o"] == node else 0
        serial = -how if how else next(self.serials)
        self.events.append(["open", node, needs, serial])
        return serial

    def close(self, serial: int, failure: str | None) -> int:
        self.events.append(["close", serial, failure])
        node = next(e[1] for e in self.events if e[0] == "open" and e[3] == serial)
        return self.plan["ch"] if self.plan["c"] == node else 0

    def handle(self, needs: list[int]) -> int:
        self.events.append(["handle", needs])
        return -self.plan["h"]

    async def rest(self) -> None:
        await asyncio.sleep(0.001 if self.plan["x"] else 0)


books = [0, 0]


def keep_book(request: Request, ledger: Ledger) -> Iterator[PyBook]:
    """Provides the journal of a request, and hands it to Go at the end."""
    books[0] += 1
    query = request.raw_query
    book = PyBook(query, {n: int(v) for n, _, v in (p.partition("=") for p in query.split("&"))})
    failed = True
    try:
        yield book
        failed = False
    finally:
        books[1] += 1
        ledger.replay(query, book.events, failed)


def obey(how: int) -> None:
    """Fails in the way that the plan says."""
    if how == RAISE:
        raise ValueError("on purpose")
    if how == REFUSE:
        raise HTTPException(418, "on purpose")
    if how == LEAVE:
        sys.exit(3)


def opening(book: Any, node: int, needs: list[int]) -> int:
    """What each provider does: the serial number of its value."""
    serial: int = book.open(node, needs)
    if serial < 0:
        obey(-serial)
    return serial


def closing(book: Any, serial: int, failure: BaseException | None) -> None:
    """What each clean-up does."""
    how = book.close(serial, type(failure).__name__ if failure is not None else None)
    if how == SLOW:
        time.sleep(PAUSE)
    elif how:
        raise RuntimeError("clean-up fails on purpose")


async def closing_later(book: Any, serial: int, failure: BaseException | None) -> None:
    """What each clean-up does that waits."""
    await book.rest()
    how = book.close(serial, type(failure).__name__ if failure is not None else None)
    if how == SLOW:
        await asyncio.sleep(PAUSE)
    elif how:
        raise RuntimeError("clean-up fails on purpose")


def handled(book: Any, r: int, needs: list[int]) -> dict[str, int]:
    """What each handler does."""
    obey(-book.handle(needs))
    return {"r": r, "n": len(needs)}


def census(watched: dict[str, Any]) -> dict[str, Any]:
    """What is alive: objects by type, references to the objects watched, threads."""
    for _ in range(3):
        gc.collect()
    types = Counter(f"{type(o).__module__}.{type(o).__qualname__}" for o in gc.get_objects())
    return {
        "types": types,
        "references": {n: sys.getrefcount(o) for n, o in watched.items()},
        "threads": threading.active_count(),
        "books": books,
    }
