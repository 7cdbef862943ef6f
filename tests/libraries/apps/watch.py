"""What each app here is watched by: who is inside, and what is left at the end."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from spikard import Provide, Spikard

who: contextvars.ContextVar[int] = contextvars.ContextVar("who")


class Watch:
    """Counts the handlers that are inside of what may take long."""

    def __init__(self) -> None:
        self.count = 0
        self.cancelled = 0

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        self.count += 1
        try:
            yield
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.count -= 1


async def _watch() -> AsyncIterator[Watch]:
    yield Watch()
    # What depends on it, as every pool here does, is closed by now.
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        print(f"pending at the stop: {left}", file=sys.stderr)


def watched(lifespan: Callable[[Spikard], Any] | None = None) -> Spikard:
    """A new app with a Watch, which it tells of."""
    app = Spikard(lifespan=lifespan)
    app.provide(Watch, Provide(_watch, singleton=True))

    @app.get("/inside")
    def inside(watch: Watch) -> dict[str, int]:
        return {"inside": watch.count, "cancelled": watch.cancelled}

    @app.get("/version")
    def version() -> str:
        return f"{sys.version_info[0]}.{sys.version_info[1]}"

    return app
