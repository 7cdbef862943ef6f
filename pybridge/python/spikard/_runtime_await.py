"""Waiting for Go on the event loop.

`Begin` is a function that asks something of Go. Given a future, it gives a
number to cancel it by, and Go completes the future; given None, it waits for
Go and gives the result.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from _spikard import go_cancel

from spikard._exceptions import GoError

if TYPE_CHECKING:
    from spikard._runtime import App

Begin = Callable[["asyncio.Future[Any] | None"], Any]


def new_future() -> asyncio.Future[Any]:
    """A future of the running loop."""
    return asyncio.get_running_loop().create_future()


class Question(asyncio.Future[Any]):
    """A future that is always waited for until Go has answered.

    A cancellation of the task that waits is told to Go, and raised when Go is
    done: what Go uses meanwhile is not taken away from it.
    """

    def __init__(self, app: App) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self.number = 0
        self._app = app

    def cancel(self, msg: Any = None) -> bool:
        """Tells Go. The task, whose cancellation this is, notes that for itself."""
        if self.number and not self.done():
            go_cancel(self._app, self.number)
        return False

    def left(self) -> Any:
        """The answer that came to a task which was cancelled; None: there is none."""
        return self.result() if self.done() and self.exception() is None else None


def resolve(future: asyncio.Future[Any], value: Any, error: BaseException | None) -> None:
    """Completes a future with what Go gave. One that was cancelled is left alone."""
    if future.done():
        return
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)


async def method(app: App, begin: Begin) -> Any:
    """The result of a method in Go. A cancellation is told to Go, which is not waited for."""
    if asyncio._get_running_loop() is not app.loop:
        raise GoError(
            "an async method of a Go value was awaited outside of the app's event loop; await it "
            "in an async handler, or give it to that loop with asyncio.run_coroutine_threadsafe"
        )
    future = new_future()
    number = begin(future)
    try:
        return await future
    except asyncio.CancelledError:
        go_cancel(app, number)
        raise


async def ended(
    future: asyncio.Future[Any], app: App | None = None, number: int = 0
) -> asyncio.CancelledError | None:
    """Waits until the future is done, and gives the cancellation that came meanwhile.

    It is told to Go if there is a number.
    """
    stopped: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait((future,))
        except asyncio.CancelledError as exc:
            stopped = exc
            if number:
                go_cancel(app, number)
    return stopped


async def anywhere(app: App, begin: Begin, *, cancels: bool = False) -> Any:
    """What Go gives, awaited to its end on any loop.

    On one of the user's own it is waited for in that loop's executor. A
    cancellation is raised at the end. With `cancels` Go is told of it before,
    and what Go then fails with is left out.
    """
    loop = asyncio.get_running_loop()
    number = 0
    future: asyncio.Future[Any]
    if loop is app.loop:
        future = new_future()
        number = begin(future)
    else:
        future = loop.run_in_executor(None, begin, None)
    stopped = await ended(future, app, number if cancels else 0)
    failed = future.exception() is not None
    if stopped is not None and (cancels or not failed):
        raise stopped
    return future.result()
