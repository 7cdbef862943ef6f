"""Python iterables, as Go steps through them.

An iteration is asked by `next_item` for one item after the other, and by
`end_iteration` to end early; one at a time. Both give (value, False), or (the
iteration, True) where it is yet to be asked on the loop.
"""

from __future__ import annotations

import contextvars
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from typing import TYPE_CHECKING, Any

from spikard._missing import MISSING
from spikard._runtime_go import current_ticket

if TYPE_CHECKING:
    import asyncio

    from spikard._runtime_loop import Loop


def iteration(value: Any) -> tuple[Any, bool]:
    """An iteration of an iterable or an asynchronous one. Raises TypeError."""
    if hasattr(type(value), "__aiter__"):
        return AsyncIteration(value), False
    context = contextvars.copy_context()
    return SyncIteration(context, context.run(iter, value)), False


def next_item(iteration: SyncIteration | AsyncIteration) -> tuple[Any, bool]:
    """The next item, or MISSING at the end."""
    return iteration.next()


def end_iteration(iteration: SyncIteration | AsyncIteration) -> tuple[Any, bool]:
    """Closes a generator. Other iterators aren't the iteration's to close: one may be a file."""
    return iteration.end()


class SyncIteration:
    """Steps on the thread of whoever asks, always in the same context."""

    __slots__ = ("_context", "_iterator")

    def __init__(self, context: contextvars.Context, iterator: Iterator[Any]) -> None:
        self._context = context
        self._iterator = iterator

    def __del__(self) -> None:
        self.end()  # the app was closed in the midst of it

    def next(self) -> tuple[Any, bool]:
        return self._context.run(next, self._iterator, MISSING), False

    def end(self) -> tuple[Any, bool]:
        if isinstance(self._iterator, Generator):
            self._context.run(self._iterator.close)
        return MISSING, False


class AsyncIteration:
    """One task that takes all the steps and waits for the next question in between.

    Cancel scopes and timeouts are left by the task that entered them, and
    contextvars are those of one task.
    """

    __slots__ = ("_asked", "_ending", "_frame", "_iterable", "_iterator", "_left", "_loop", "_task")

    def __init__(self, iterable: Any) -> None:
        self._iterable = iterable
        self._iterator: AsyncIterator[Any] | None = None
        self._loop: Loop | None = None
        self._task: asyncio.Task[None] | None = None
        self._asked: asyncio.Future[None] | None = None
        self._frame = 0  # of the call that waits for an answer; 0: nobody does
        self._ending = False
        self._left: BaseException | None = None  # what it ended with, until that is told

    def next(self) -> tuple[Any, bool]:
        return self, True

    def end(self) -> tuple[Any, bool]:
        if self._task is None or (self._task.done() and self._left is None):
            return MISSING, False
        self._ending = True
        return self, True

    def close(self) -> None:
        """Is called when the loop can't be asked."""

    def ask(self, loop: Loop, frame: int, ticket: int) -> None:
        """Has the task answer a call. On the loop's thread."""
        self._frame = frame
        if self._task is not None and self._task.done():
            self._answer_left()  # it ended while nobody asked
            return
        if self._task is None:
            self._loop = loop
            self._task = loop.task(self._run(ticket), loop.app.context.copy())
            self._task.add_done_callback(self._never_ran)
        elif self._asked is not None and not self._asked.done():
            self._asked.set_result(None)
        if self._frame:
            loop.pending(frame, self._task, self._ending)

    def _never_ran(self, task: asyncio.Task[None]) -> None:
        """Answers for a task that was cancelled ahead of its first step, if it was."""
        if self._frame and task.cancelled():
            import asyncio  # loaded where there is a loop

            self._answer(MISSING, asyncio.CancelledError())

    def _answer(self, value: Any, error: BaseException | None) -> None:
        assert self._loop is not None
        frame, self._frame = self._frame, 0
        self._loop.answer(frame, value, error)

    def _answer_left(self) -> None:
        left, self._left = self._left, None
        self._answer(MISSING, left)
        left = None  # the traceback may hold the frame, and so itself

    async def _run(self, ticket: int) -> None:
        current_ticket.set(ticket)
        thrown: BaseException | None = None
        error: BaseException | None = None
        value: Any = None
        try:
            while value is not MISSING:
                value, error = await self._outcome(thrown)
                if value is MISSING:
                    self._left = error
                    if self._frame:
                        self._answer_left()
                    continue
                thrown = await self._until_asked()
                if thrown is None and not self._ending:
                    self._answer(value, None)
                    value = None  # Go may let go of it long before the next question
                    thrown = await self._until_asked()
        finally:
            error = thrown = None  # the traceback would hold the frame, and so itself

    async def _outcome(self, thrown: BaseException | None) -> tuple[Any, BaseException | None]:
        """An item; or MISSING, and what the iterator ended with."""
        try:
            return await self._step(thrown), None
        except StopAsyncIteration:
            return MISSING, None
        except BaseException as exc:
            return MISSING, None if self._ending and _is_exit(exc) else exc
        finally:
            thrown = None

    async def _step(self, thrown: BaseException | None) -> Any:
        iterator = self._iterator
        if iterator is None:
            iterator = self._iterator = aiter(self._iterable)
        try:
            if thrown is not None:
                if not isinstance(iterator, AsyncGenerator):
                    raise thrown
                return await iterator.athrow(thrown)
            if not self._ending:
                return await anext(iterator)
            if isinstance(iterator, AsyncGenerator):
                await iterator.aclose()
            return MISSING
        finally:
            thrown = None

    async def _until_asked(self) -> BaseException | None:
        """Waits for a question; gives the cancellation that came instead.

        A timeout that was entered ahead of a yield may end now, or the app: as
        if the yield had waited, it is raised there.
        """
        import asyncio  # loaded where there is a loop

        try:
            while not self._frame:
                self._asked = asyncio.get_running_loop().create_future()
                await self._asked
        except asyncio.CancelledError as exc:
            return exc
        return None


def _is_exit(exc: BaseException) -> bool:
    """Whether this is what closes a generator, as it is or as task groups pass it on."""
    inner = getattr(exc, "exceptions", None)  # 3.10 has no class of groups
    if isinstance(inner, tuple) and inner:
        return all(map(_is_exit, inner))
    return isinstance(exc, GeneratorExit)
