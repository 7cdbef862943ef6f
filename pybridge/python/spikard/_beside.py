"""Who runs background work, and the handle for what was started."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Future

    from spikard._runtime_background import Background

# What runs the background work of the app that the context belongs to. While an
# app is loaded it is None.
current: contextvars.ContextVar[Background | None] = contextvars.ContextVar("spikard_background")

# Those of the apps that are served, for threads that have no context of an app's.
served: list[Background] = []


def runner() -> Background:
    """What runs the background work of the app in whose code this is called.

    Raises RuntimeError where that can't be told.
    """
    found = current.get(served[0] if len(served) == 1 else None)
    if found is None:
        raise RuntimeError(
            "background work has no app: start it from handlers, hooks and tasks of an app that "
            "is served, and in a thread of your own with several apps in one process by "
            "contextvars.copy_context().run"
        )
    return found


class Task:
    """Background work that was started.

    It has what an asyncio.Task has, may be used from any thread, and is awaited
    on any loop. To await it is to wait only: that the one who waits is
    cancelled doesn't cancel the work.
    """

    def __init__(self, name: str, ended: Future[Any], cancel: Callable[[Task], bool]) -> None:
        self._name = name
        self._ended = ended
        self._cancel = cancel

    def get_name(self) -> str:
        """The name of the function or coroutine."""
        return self._name

    def done(self) -> bool:
        """Whether it has ended, in whichever way."""
        return self._ended.done()

    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self._ended.cancelled()

    def cancel(self) -> bool:
        """Asks it to end: a coroutine gets CancelledError, a function doesn't begin any more.

        False: it has ended, or is a function that has begun.
        """
        return self._cancel(self)

    def result(self) -> Any:
        """What it gave; what it raised is raised. It must have ended."""
        if (error := self.exception()) is not None:
            raise error
        return self._ended.result()

    def exception(self) -> BaseException | None:
        """What it raised, or None. It must have ended."""
        import asyncio  # not for apps without asynchronous code

        if not self.done():
            raise asyncio.InvalidStateError(f"background work {self._name} has not ended")
        if self.cancelled():
            raise asyncio.CancelledError
        return self._ended.exception()

    def add_done_callback(self, callback: Callable[[Task], Any]) -> None:
        """Has the callback called with this when it has ended, on whichever thread that is."""
        self._ended.add_done_callback(lambda _: callback(self))

    def __await__(self) -> Generator[Any, None, Any]:
        import asyncio

        ended = asyncio.wrap_future(self._ended)
        # What it ends with is asked of the other future: asyncio would complain.
        ended.add_done_callback(lambda f: f.cancelled() or f.exception())
        yield from asyncio.wait((ended,)).__await__()
        return self.result()

    def __repr__(self) -> str:
        return f"<background {self._name} {'ended' if self.done() else 'running'}>"
