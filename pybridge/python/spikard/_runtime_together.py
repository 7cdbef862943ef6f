"""Coroutine providers that don't need one another, run at once."""

from __future__ import annotations

import asyncio
import contextvars
from typing import Any

from spikard._runtime_plan import AnyStep, Step


class Group:
    """Coroutines that are tasks of one request, in its own context.

    What one sets in a contextvar is seen by the handler, as if they had run
    one after another.
    """

    __slots__ = ("_failure", "_tasks", "_values")

    def __init__(self, values: list[Any]) -> None:
        self._values = values
        self._tasks: list[asyncio.Task[None]] = []
        self._failure: BaseException | None = None

    async def run(self, steps: list[AnyStep], context: contextvars.Context) -> None:
        """Puts the values in their places.

        The first that fails, and a cancellation of the request, cancels the
        others. All have ended when this one does.
        """
        loop: Any = asyncio.get_running_loop()
        new: Any = asyncio.Task  # its context is a parameter from 3.11 on
        self._tasks = [new(self._one(s), loop=loop, context=context) for s in steps]
        while any(not t.done() for t in self._tasks):
            try:
                await asyncio.wait(self._tasks)
            except asyncio.CancelledError as exc:
                self._fail(exc)
        failure, self._failure = self._failure, None
        self._tasks.clear()
        if failure is not None:
            try:
                raise failure
            finally:
                failure = None  # the traceback would hold the frame, and so itself

    async def _one(self, step: Any) -> None:
        assert isinstance(step, Step)
        try:
            self._values[step.number] = await step.call(self._values)
        except BaseException as exc:
            # SystemExit and the like must not end the task: they would end
            # the loop.
            self._fail(exc)

    def _fail(self, exc: BaseException) -> None:
        if self._failure is None:
            self._failure = exc
        for task in self._tasks:
            task.cancel()
