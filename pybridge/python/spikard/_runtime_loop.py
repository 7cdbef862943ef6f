"""The app's event loop, stepped by Go.

It is a plain selector loop, so that every library finds what it expects. It
never waits by itself: Go watches the selector's descriptor and the timers, and
calls `step` on the loop's own thread when there is work.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import logging
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, cast

from _spikard import answer, finish

from spikard._runtime_await import resolve
from spikard._runtime_errors import report
from spikard._runtime_exec import Held, close_held, execute
from spikard._runtime_go import current_ticket
from spikard._runtime_log import current_request_id
from spikard._runtime_owned import OwnedLoop, check_asyncio

if TYPE_CHECKING:
    from spikard._runtime import App
    from spikard._runtime_plan import Plan

# Whether a task can be given its context; before 3.11 it makes a copy.
_HAS_CONTEXT = sys.version_info >= (3, 11)
_EAGER: dict[str, Any] = {"eager_start": True} if sys.version_info >= (3, 12) else {}


_logger = logging.getLogger("spikard")


class GoLoop(OwnedLoop):
    """A selector loop that other threads may use while it is running.

    Coroutine functions that can't suspend run on the thread of their request,
    one at a time and never at the same time as a step.
    """

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any:  # type: ignore[override]
        """Also wakes Go when it is called from a request's thread."""
        timer = super().call_at(when, callback, *args, context=context)
        made: Any = timer
        if made._source_traceback:  # in debug mode: of the caller, as asyncio leaves it
            del made._source_traceback[-1]
        loop: Any = self  # asyncio's own, undocumented attributes
        if threading.get_ident() != loop._thread_id:
            loop._write_to_self()
        return timer


class _Failure:
    """An exception that a task must not end with: it would end the loop."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


class Loop:
    """What Go calls to drive an app's event loop."""

    resolve = staticmethod(resolve)

    def __init__(self, app: App) -> None:
        check_asyncio()
        self.app = app
        self.loop = cast("Any", GoLoop())
        self.ready = self.loop._ready
        self._nothing = asyncio.Handle(_nothing, (), self.loop)
        self._tasks: dict[int, asyncio.Task[Any]] = {}
        self._unwinding: set[int] = set()  # calls whose clean-up runs
        self._ending: asyncio.Task[None] | None = None

    def begin(self) -> int:
        """Makes the calling thread the loop's; gives the selector's descriptor."""
        self.loop._thread_id = threading.get_ident()
        asyncio._set_running_loop(self.loop)
        self.loop._set_coroutine_origin_tracking(self.loop._debug)
        sys.set_asyncgen_hooks(
            firstiter=self.loop._asyncgen_firstiter_hook,
            finalizer=self.loop._asyncgen_finalizer_hook,
        )
        descriptor: int = self.loop._selector.fileno()
        return descriptor

    def submit(
        self,
        frame: int,
        work: Plan | Held | Coroutine[Any, Any, Any],
        given: Any,
        request_id: str,
        ticket: int,
    ) -> None:
        """Starts work and takes its first step.

        It is a plan, given its inputs; the clean-up of a `Held`, given why its
        use failed, or None; or a coroutine.
        """
        coroutine: Coroutine[Any, Any, Any]
        context = self.app.context.copy()
        if isinstance(work, Held):
            context = context if work.context is None else work.context
            self._unwinding.add(frame)
            coroutine = _close(work, given, ticket)
        elif isinstance(work, Coroutine):
            coroutine = _await(work, ticket)
        elif work.plain:
            coroutine = _run_plain(frame, work, given, request_id, ticket)
        else:
            known = context if _HAS_CONTEXT else None
            keep = functools.partial(self._unwinding.add, frame)
            coroutine = _run(frame, work, given, request_id, ticket, known, keep)
        task = self._task(coroutine, context)
        if task.done():
            self._finish(frame, task)
            return
        self._tasks[frame] = task
        task.add_done_callback(functools.partial(self._finish, frame))

    def _task(
        self, coroutine: Coroutine[Any, Any, Any], context: contextvars.Context
    ) -> asyncio.Task[Any]:
        if not _HAS_CONTEXT:
            return context.run(lambda: asyncio.Task(coroutine, loop=self.loop))
        # In debug mode a step tells how long it took, and gives the first one no less.
        eager = _EAGER if not self.loop._debug else {}
        options: dict[str, Any] = {"context": context, **eager}
        return asyncio.Task(coroutine, loop=self.loop, **options)

    def _finish(self, frame: int, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(frame, None)
        self._unwinding.discard(frame)
        if task.cancelled():
            finish(frame, None, asyncio.CancelledError())
            return
        error = task.exception()
        result: Any = task.result() if error is None else None
        if isinstance(result, _Failure):
            result, error = None, result.error
        finish(frame, result, error)

    def cancel(self, frame: int) -> None:
        """Cancels a call that was submitted and has not ended.

        Clean-up that has begun is left alone: it must come to its end.
        """
        task = self._tasks.get(frame)
        if task is not None and frame not in self._unwinding:
            task.cancel()

    def step(self) -> int:
        """Runs what is ready, once, without waiting.

        Gives the nanoseconds until the next timer, 0 when more is ready, -1
        when there is nothing.
        """
        loop = self.loop
        if not self.ready:
            self.ready.append(self._nothing)  # with something ready, select does not wait
        try:
            loop._run_once()
        except BaseException as exc:
            # SystemExit and KeyboardInterrupt of a task that is nobody's
            # request: they would end a loop of their own, not this process.
            report(exc, "a background task ended with an exception that ends programs")
        if self.ready:
            return 0
        if not loop._scheduled:
            return -1
        return max(0, int((loop._scheduled[0]._when - loop.time()) * 1e9))

    def end(self, abandon: bool) -> bool:
        """Begins the end of the loop at the first call; True when it is over.

        To abandon it is to end it now, with what still runs left where it is.
        """
        if self._ending is None:
            self._ending = asyncio.Task(self._end(), loop=self.loop)
        if not self._ending.done():
            if not abandon:
                return False
            self._abandon()
        elif not self._ending.cancelled() and (error := self._ending.exception()):
            report(error, "the end of the event loop failed")
        sys.set_asyncgen_hooks(None, None)
        self.loop._set_coroutine_origin_tracking(False)
        asyncio._set_running_loop(None)
        self.loop._thread_id = None
        self.loop.close()
        return True

    def _abandon(self) -> None:
        left: list[Any] = [t for t in asyncio.all_tasks(self.loop) if t is not self._ending]
        names = ", ".join(sorted(t.get_coro().__qualname__ for t in left))
        _logger.error("%d tasks did not end in time and are dropped: %s", len(left), names)
        for task in (*left, self._ending):
            task._log_destroy_pending = False  # this has been said

    async def _end(self) -> None:
        others = asyncio.all_tasks(self.loop) - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self.loop.shutdown_asyncgens()
        await self.loop.shutdown_default_executor()


def _nothing() -> None:
    pass


async def _close(held: Held, failure: BaseException | None, ticket: int) -> None:
    current_ticket.set(ticket)
    await close_held(held, failure)


async def _await(coroutine: Coroutine[Any, Any, Any], ticket: int) -> Any:
    current_ticket.set(ticket)
    return await coroutine


async def _run(
    frame: int,
    plan: Plan,
    values: tuple[Any, ...],
    request_id: str,
    ticket: int,
    context: contextvars.Context | None,
    unwinding: Callable[[], None],
) -> Any:
    current_request_id.set(request_id)
    current_ticket.set(ticket)
    try:
        return await execute(plan, values, ticket, frame, context, unwinding)
    except (Exception, asyncio.CancelledError):
        raise
    except BaseException as exc:
        return _Failure(exc)


async def _run_plain(
    frame: int, plan: Plan, inputs: tuple[Any, ...], request_id: str, ticket: int
) -> Any:
    """`_run` and `execute` in one for a plan that is plain: each step of the task goes
    through every coroutine between it and the code that waits."""
    current_request_id.set(request_id)
    current_ticket.set(ticket)
    values: list[Any] = [*inputs]
    handler: Any = plan.handler
    try:
        for step in plan.steps:
            value: Any = step.target if step.kind == "value" else step.call(values)  # type: ignore[union-attr]  # a GoStep isn't plain
            values.append(await value if step.kind == "coroutine" else value)
        answer(frame, await handler.call(values))
    except (Exception, asyncio.CancelledError):
        raise
    except BaseException as exc:
        return _Failure(exc)
    return None
