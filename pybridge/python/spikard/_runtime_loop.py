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
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

from _spikard import answer, finish

from spikard import _runtime_inspect
from spikard._runtime_await import resolve
from spikard._runtime_errors import report
from spikard._runtime_exec import close_held, execute
from spikard._runtime_go import current_ticket
from spikard._runtime_held import Held
from spikard._runtime_iterate import AsyncIteration
from spikard._runtime_log import current_request_id
from spikard._runtime_owned import OwnedLoop, check_asyncio
from spikard._runtime_plan import Plan
from spikard._runtime_stream import Stream, pump

if TYPE_CHECKING:
    from spikard._runtime import App

# Whether a task can be given its context; before 3.11 it makes a copy.
_HAS_CONTEXT = sys.version_info >= (3, 11)
_EAGER: dict[str, Any] = {"eager_start": True} if sys.version_info >= (3, 12) else {}


# Plain handlers with asynchronous dependencies run in the executor, and they
# block. asyncio's own has as many threads as there are processors, and four.
_THREADS = 128

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
        self.loop.set_default_executor(ThreadPoolExecutor(_THREADS, "asyncio"))
        self.ready = self.loop._ready
        self._context = app.context
        # Options that are written anew for each task cost a fifth of making it.
        # In debug mode a step tells how long it took, and gives the first one no less.
        eager = {} if self.loop._debug else _EAGER
        self._eager = bool(eager)
        self._new_task: Any = functools.partial(asyncio.Task, loop=self.loop, **eager)
        self._nothing = asyncio.Handle(_nothing, (), self.loop)
        self._tasks: dict[int, asyncio.Task[Any]] = {}
        self._unwinding: set[int] = set()  # calls whose clean-up runs
        self._ending: asyncio.Task[None] | None = None
        self._abandoned = False

    def begin(self) -> int:
        """Makes the calling thread the loop's; gives the selector's descriptor."""
        self.loop._thread_id = threading.get_ident()
        asyncio._set_running_loop(self.loop)
        self.loop._set_coroutine_origin_tracking(self.loop._debug)
        sys.set_asyncgen_hooks(
            firstiter=self.loop._asyncgen_firstiter_hook,
            finalizer=self.loop._asyncgen_finalizer_hook,
        )
        _runtime_inspect.loops.append(self.loop)
        descriptor: int = self.loop._selector.fileno()
        return descriptor

    def submit(
        self,
        frame: int,
        work: Plan | Held | Coroutine[Any, Any, Any] | AsyncIteration,
        given: Any,
        request_id: str,
        ticket: int,
    ) -> None:
        """Starts work and takes its first step.

        It is a plan, given its inputs; the clean-up of a `Held`, given why its
        use failed, or None; an asynchronous `Stream`, to be sent; a coroutine; or an
        iteration, which is asked.
        """
        coroutine: Coroutine[Any, Any, Any]
        if isinstance(work, Plan):
            context = self._context.copy()
            if work.direct is not None:
                coroutine = self._run_direct(frame, work, given, request_id, ticket)
            elif work.plain:
                coroutine = self._run_plain(frame, work, given, request_id, ticket)
            else:
                known = context if _HAS_CONTEXT else None
                coroutine = self._run(frame, work, given, request_id, ticket, known)
            task = self.task(coroutine, context)
            if not task.done():
                self._tasks[frame] = task
                if not self._eager:
                    task.add_done_callback(functools.partial(self._never_begun, frame))
            return
        if isinstance(work, AsyncIteration):
            work.ask(self, frame, ticket)
            return
        context = self._context.copy()
        if isinstance(work, Held):
            context = context if work.context is None else work.context
            if isinstance(work, Stream) and work.is_async and given is None:
                keep = functools.partial(self._unwinding.add, frame)
                coroutine = _send(self.app, work, request_id, ticket, keep)
            else:
                self._unwinding.add(frame)
                coroutine = _close(work, given, ticket)
        else:
            coroutine = _await(work, ticket)
        task = self.task(coroutine, context)
        if task.done():
            self._finish(frame, task)
            return
        self.pending(frame, task)
        task.add_done_callback(functools.partial(self._finish, frame))

    def task(
        self, coroutine: Coroutine[Any, Any, Any], context: contextvars.Context
    ) -> asyncio.Task[Any]:
        """A task with that context, which has taken its first step where tasks can."""
        if not _HAS_CONTEXT:
            made: asyncio.Task[Any] = context.run(self._new_task, coroutine)
        else:
            made = self._new_task(coroutine, context=context)
        return made

    def pending(self, frame: int, task: asyncio.Task[Any], unwinding: bool = False) -> None:
        """Notes what a call is answered by: `cancel` cancels it, unless it is a clean-up."""
        self._tasks[frame] = task
        if unwinding:
            self._unwinding.add(frame)

    async def _run(
        self,
        frame: int,
        plan: Plan,
        values: tuple[Any, ...],
        request_id: str,
        ticket: int,
        context: contextvars.Context | None,
    ) -> None:
        """Runs a plan and has Go told of its end.

        A done callback would do so one step later.
        """
        current_request_id.set(request_id)
        current_ticket.set(ticket)
        keep = functools.partial(self._unwinding.add, frame)
        try:
            result = await execute(plan, values, ticket, frame, context, keep)
        except BaseException as exc:
            # A task that ended with SystemExit would end the loop.
            self.answer(frame, None, exc)
        else:
            self.answer(frame, result, None)

    async def _run_direct(
        self, frame: int, plan: Plan, inputs: tuple[Any, ...], request_id: str, ticket: int
    ) -> None:
        """`_run_plain` for a handler that is all there is."""
        current_request_id.set(request_id)
        current_ticket.set(ticket)
        try:
            result = await plan.direct(*inputs)
            stream = (
                await self._sent(frame, plan, result) if answer(frame, result) is True else None
            )
        except BaseException as exc:
            self.answer(frame, None, exc)
        else:
            self.answer(frame, stream, None)

    async def _run_plain(
        self, frame: int, plan: Plan, inputs: tuple[Any, ...], request_id: str, ticket: int
    ) -> None:
        """`_run` and `execute` in one for a plan that is plain: each step of the task
        goes through every coroutine between it and the code that waits."""
        current_request_id.set(request_id)
        current_ticket.set(ticket)
        values: list[Any] = [*inputs]
        handler: Any = plan.handler
        try:
            for step in plan.steps:
                value: Any = step.target if step.kind == "value" else step.call(values)  # type: ignore[union-attr]  # a GoStep isn't plain
                values.append(await value if step.kind == "coroutine" else value)
            result = await handler.call(values)
            stream = (
                await self._sent(frame, plan, result) if answer(frame, result) is True else None
            )
        except BaseException as exc:
            self.answer(frame, None, exc)
        else:
            self.answer(frame, stream, None)

    async def _sent(self, frame: int, plan: Plan, response: Any) -> Stream | None:
        """Sends an answer in parts, or gives it if that is Go's to do."""
        stream = Stream(response, [], contextvars.copy_context())
        if not stream.is_async:
            return stream
        await pump(plan.app, stream, functools.partial(self._unwinding.add, frame))
        return None

    def _never_begun(self, frame: int, task: asyncio.Task[Any]) -> None:
        # Cancelled before its first step, which before 3.12 isn't taken at once.
        if self._tasks.get(frame) is task:
            self.answer(frame, None, asyncio.CancelledError())

    def answer(self, frame: int, result: Any, error: BaseException | None) -> None:
        """Ends a call."""
        if self._abandoned:  # and its tasks are thrown away, each with a GeneratorExit
            return
        self._tasks.pop(frame, None)
        self._unwinding.discard(frame)
        finish(frame, result, error)

    def _finish(self, frame: int, task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            self.answer(frame, None, asyncio.CancelledError())
            return
        error = task.exception()
        result: Any = task.result() if error is None else None
        if isinstance(result, _Failure):
            result, error = None, result.error
        self.answer(frame, result, error)

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
        _runtime_inspect.loops.remove(self.loop)
        self.loop.close()
        return True

    def _abandon(self) -> None:
        self._abandoned = True
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


async def _send(
    app: App, stream: Stream, request_id: str, ticket: int, unwinding: Callable[[], None]
) -> Any:
    current_request_id.set(request_id)
    current_ticket.set(ticket)
    try:
        await pump(app, stream, unwinding)
    except (Exception, asyncio.CancelledError):
        raise
    except BaseException as exc:
        return _Failure(exc)
    return None


async def _await(coroutine: Coroutine[Any, Any, Any], ticket: int) -> Any:
    current_ticket.set(ticket)
    try:
        return await coroutine
    except (Exception, asyncio.CancelledError):
        raise
    except BaseException as exc:
        return _Failure(exc)
