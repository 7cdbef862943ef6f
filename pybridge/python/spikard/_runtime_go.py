"""What Python asks of Go: to build values, to run their clean-up, and for app.scope().

A ticket is the number by which Go finds its half of a call; 0 is none. It is
void when the call is over.
"""

from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING, Any

from _spikard import go_ask, go_values

from spikard._runtime_errors import message_of, qualified_name

if TYPE_CHECKING:
    from spikard._runtime import App

__all__ = ["Host", "build", "build_async", "close", "close_async", "current_ticket"]

_BUILD, _CLOSE, _OPEN, _GET, _END = range(1, 6)  # shim.AskKind

# Set for each call that runs on the event loop, and copied with its context to
# its tasks and threads. A call that runs on its request's own thread has its
# ticket in the shim.
current_ticket: contextvars.ContextVar[int] = contextvars.ContextVar("spikard_ticket", default=0)


def build(app: App, ticket: int, segment: int, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values of a segment of Go providers, which are given `args`.

    Raises GoError, or what the app's classes raise where a value is made into
    one of theirs; then nothing is left to clean up.
    """
    built = go_ask(app, _BUILD, ticket, segment, args, None)
    try:
        return tuple(go_values(app, ticket, built))
    except BaseException as exc:
        close(app, ticket, segment, exc)
        raise


async def build_async(
    app: App, ticket: int, segment: int, args: tuple[Any, ...]
) -> tuple[Any, ...]:
    """Does what `build` does, beside the event loop.

    A cancellation is told to Go and raised when Go has ended; what was built
    in spite of it is cleaned up.
    """
    # asyncio is loaded where there is a loop.
    from spikard._runtime_await import ended, new_future

    future = new_future()
    number = go_ask(app, _BUILD, ticket, segment, args, future)
    stopped = await ended(future, app, number)
    if stopped is not None and future.exception() is not None:
        raise stopped
    built = future.result()
    try:
        if stopped is not None:
            raise stopped
        return tuple(go_values(app, ticket, built))
    except BaseException as exc:
        await close_async(app, ticket, segment, exc)
        raise


def close(app: App, ticket: int, segment: int, failure: BaseException | None) -> None:
    """Runs the clean-up of a segment that was built. Raises GoError."""
    go_ask(app, _CLOSE, ticket, segment, _described(failure), None)


async def close_async(app: App, ticket: int, segment: int, failure: BaseException | None) -> None:
    """Does what `close` does, beside the event loop, and always to its end."""
    from spikard._runtime_await import ended, new_future

    future = new_future()
    go_ask(app, _CLOSE, ticket, segment, _described(failure), future)
    stopped = await ended(future)
    future.result()
    if stopped is not None:
        raise stopped


class Host:
    """Go's half of app.scope()."""

    def __init__(self, app: App) -> None:
        self._app = app

    def open(self) -> int:
        """Begins a scope; `end` must follow."""
        ticket: int = go_ask(self._app, _OPEN, 0, 0, None, None)
        return ticket

    def broadcast(self, group: str, kind: int, message: Any) -> int:
        """Sends a message to the sessions of a group; to how many. Raises GoError."""
        from spikard._runtime_channel import broadcast

        return broadcast(self._app, group, kind, message)

    async def get(self, ticket: int, key: str) -> Any:
        """The value that Go has for a key. Raises GoError."""
        from spikard._runtime_await import anywhere

        return await anywhere(
            self._app, lambda f: go_ask(self._app, _GET, ticket, 0, key, f), cancels=True
        )

    async def end(self, ticket: int, failure: BaseException | None) -> None:
        """Runs the clean-ups of a scope, to their end. Raises GoError."""
        from spikard._runtime_await import anywhere

        told = _described(failure)
        await anywhere(self._app, lambda f: go_ask(self._app, _END, ticket, 0, told, f))


def _described(failure: BaseException | None) -> tuple[str, str, object] | None:
    """(type, message, the Go error behind it or None), as Go is told of a failure."""
    if failure is None:
        return None
    return qualified_name(type(failure)), message_of(failure), getattr(failure, "_go", None)
