"""The `lifespan=` of an app: an async context manager around all of its requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from spikard._router import Hook
from spikard._source import Source

if TYPE_CHECKING:
    from spikard._app import Spikard


class Lifespan:
    """Enters the context manager at the start and leaves it at the stop.

    One task does both: cancel scopes and task groups must be left by the task
    that entered them.
    """

    def __init__(
        self, app: Spikard, make: Callable[[Spikard], AbstractAsyncContextManager[Any]]
    ) -> None:
        if not callable(make):
            raise TypeError(f"lifespan must be a function of the app, not {make!r}")
        self._app = app
        self._make = make
        self._task: asyncio.Task[None] | None = None
        self._stop: asyncio.Event | None = None

    def hooks(self, source: Source) -> list[Hook]:
        """The first on_startup hook and, as those run in reverse, the last on_shutdown one."""
        return [
            Hook("on_startup", self.enter, source),
            Hook("on_shutdown", self.leave, source),
        ]

    async def enter(self) -> None:
        """Enters. What that raises, this does."""
        entered = asyncio.get_running_loop().create_future()
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self._live(entered, self._stop))
        await asyncio.wait((entered, self._task), return_when=asyncio.FIRST_COMPLETED)
        if not entered.done():
            entered.cancel()
            await self._task  # raises what it ended with
            raise RuntimeError("lifespan ended before it had begun")

    async def leave(self) -> None:
        """Leaves, and waits until that is done."""
        if self._task is None or self._stop is None:
            return
        self._stop.set()
        task, self._task = self._task, None
        await task

    async def _live(self, entered: asyncio.Future[None], stop: asyncio.Event) -> None:
        async with self._make(self._app):
            entered.set_result(None)
            await stop.wait()
