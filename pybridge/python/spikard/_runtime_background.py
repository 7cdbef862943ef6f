"""Runs what is to go on beside requests: `background.run` and `Response.background`.

Coroutines are tasks of the app's loop, functions run in threads of their own: the
loop's default executor is for the requests. Go counts what runs, for the drain
and for metrics.
"""

from __future__ import annotations

import contextvars
import json
import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from _spikard import background as count
from _spikard import request_id

from spikard._background import Once, Work, is_async, work_name
from spikard._beside import Task, current, served
from spikard._runtime_errors import report
from spikard._runtime_go import current_ticket
from spikard._runtime_log import current_request_id

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future, ThreadPoolExecutor

    from spikard._runtime import App

_RUN, _RESPONSE = 0, 1  # kinds, in cpython/background.go
_BEGAN, _ENDED, _FAILED = range(3)  # events, there too

_THREADS = 32

_STOPPING = "the app is stopping: it takes no background work any more"
_NO_LOOP = (
    "background work {} is asynchronous, and the app has no event loop, because nothing that it "
    "has registered is: write `from spikard import background` at the head of its module"
)


class Job:
    """Work that is run one after the other, and what became of it."""

    def __init__(self, kind: int, works: list[Work], context: contextvars.Context) -> None:
        self.kind = kind
        self.works = works
        self.names = ", ".join(work_name(w) for w in works)
        self.context = context
        self.value: Any = None
        self.failure: BaseException | None = None
        self.failed = False
        self.cancelling = False
        self.on_loop = any(is_async(w) for w in works)
        self.task: asyncio.Task[None] | None = None  # on the loop
        self.thread: Future[None] | None = None  # in a thread
        self.ended: Future[Any] | None = None  # for the handle

    def fail(self, work: Work, exc: BaseException) -> None:
        """Notes what work has raised. It is called in the job's context."""
        self.failed, self.failure = True, exc
        report(exc, f"background work {work_name(work)} failed")


class Background:
    """The background work of an app.

    Its methods may be called from any thread.
    """

    def __init__(self, app: App) -> None:
        self._app_id = app.id
        self._loop: Any = app.loop
        self._lock = threading.Lock()
        self._jobs: set[Job] = set()  # asyncio's own references are weak
        self._stopping = False
        self._executor: ThreadPoolExecutor | None = None
        served.append(self)

    def run(
        self,
        work: Work,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        context: contextvars.Context,
    ) -> Task:
        """Starts what background.run is given."""
        from concurrent.futures import Future

        if args or kwargs:
            import functools

            work = functools.partial(work, *args, **kwargs)
        job = Job(_RUN, [work], self._outside(context))
        ended: Future[Any] = Future()
        job.ended = ended
        self._check_loop(job.works)
        self._start(job)
        return Task(job.names, ended, lambda _: self._cancel(job))

    def later(self, value: Work | list[Work]) -> Job:
        """What follows an answer; called when that is written, in its context."""
        works = value if isinstance(value, list) else [value]
        self._check_loop(works)
        return Job(_RESPONSE, works, self._outside(contextvars.copy_context()))

    def begin(self, job: Job) -> None:
        """Starts what follows an answer, now that it was sent."""
        try:
            self._start(job)
        except RuntimeError as exc:
            job.context.run(report, exc, f"background work {job.names} was not started")

    def drain(self, cancel: bool) -> str:
        """Takes no more work and, if it is to be cancelled, gives the names of it as JSON."""
        with self._lock:
            self._stopping = True
            left = list(self._jobs)
        if not cancel:
            return "[]"
        for job in left:
            self._cancel(job)
        return json.dumps(sorted(j.names for j in left))

    def close(self) -> None:
        """Ends with the app. A function that has not returned is left where it is."""
        with self._lock:
            self._stopping = True
            executor, self._executor = self._executor, None
        served.remove(self)
        if executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)

    def _outside(self, context: contextvars.Context) -> contextvars.Context:
        """The context made one that is not the request's any more, but for its id."""
        context.run(current.set, self)
        context.run(current_request_id.set, context.get(current_request_id) or request_id())
        context.run(current_ticket.set, 0)
        return context

    def _check_loop(self, works: list[Work]) -> None:
        if self._loop is None:
            for work in works:
                if is_async(work):
                    raise RuntimeError(_NO_LOOP.format(work_name(work)))

    def _start(self, job: Job) -> None:
        with self._lock:
            if self._stopping:
                raise RuntimeError(_STOPPING)
            self._jobs.add(job)
            count(self._app_id, job.kind, _BEGAN)
        try:
            if not job.on_loop:
                self._launch_in_thread(job)
            elif self._inside():
                self._launch(job)
            else:
                self._loop.call_soon_threadsafe(self._launch, job)
        except BaseException:
            self._end(job, cancelled=True)
            raise

    def _inside(self) -> bool:
        """Whether this code runs on the loop, or in its place."""
        import asyncio  # there is a loop

        return self._loop is not None and asyncio._get_running_loop() is self._loop

    def _launch(self, job: Job) -> None:
        import asyncio

        coroutine: Any = self._on_loop(job)
        coroutine.__qualname__ = job.names  # where tasks are named by what they run
        # Before 3.11 a task can't be given a context, but copies the one it is made in.
        job.task = job.context.run(
            lambda: asyncio.Task(coroutine, loop=self._loop, name=f"background {job.names}")
        )
        job.task.add_done_callback(lambda task: self._end(job, cancelled=task.cancelled()))
        if job.cancelling:
            job.task.cancel()

    async def _on_loop(self, job: Job) -> None:
        import asyncio

        while job.works:
            work = job.works.pop(0)
            try:
                job.value = await (work() if is_async(work) else self._in_thread(job, work))
                if isinstance(job.value, Coroutine):  # of a function around one
                    job.value = await job.value
            except asyncio.CancelledError:
                raise
            except BaseException as exc:
                # SystemExit and the like too: they would end the loop.
                job.fail(work, exc)

    async def _in_thread(self, job: Job, work: Work) -> Any:
        """What a function gives. A cancellation waits for one that has begun."""
        import asyncio

        thread = self._threads().submit(contextvars.copy_context().run, work)
        ended = asyncio.wrap_future(thread)
        stopped: asyncio.CancelledError | None = None
        while not ended.done():
            try:
                await asyncio.wait((ended,))
            except asyncio.CancelledError as exc:
                thread.cancel()
                stopped = exc
        if stopped is None:
            return ended.result()
        if not ended.cancelled() and (failure := ended.exception()) is not None:
            job.fail(work, failure)
        raise stopped

    def _launch_in_thread(self, job: Job) -> None:
        job.thread = self._threads().submit(job.context.run, self._all_in_thread, job)
        job.thread.add_done_callback(lambda t: self._end_of_thread(job, cancelled=t.cancelled()))

    def _all_in_thread(self, job: Job) -> None:
        while job.works:
            work = job.works.pop(0)
            try:
                job.value = work()
                if isinstance(job.value, Coroutine):  # of a function around one
                    job.works.insert(0, Once(job.value))
                    job.value = None
                    if self._loop is None:
                        job.works.clear()
                        raise RuntimeError(_NO_LOOP.format(work_name(work)))
                    job.on_loop = True  # which goes on with it
                    return
            except BaseException as exc:
                job.fail(work, exc)

    def _end_of_thread(self, job: Job, *, cancelled: bool) -> None:
        # The thread has left the job's context: the loop can't enter it before.
        if not job.on_loop:
            self._end(job, cancelled=cancelled)
            return
        try:
            self._loop.call_soon_threadsafe(self._launch, job)
        except RuntimeError:  # the loop has ended
            self._end(job, cancelled=True)

    def _end(self, job: Job, *, cancelled: bool) -> None:
        job.works.clear()  # closes coroutines that were not begun
        with self._lock:
            self._jobs.discard(job)
            count(self._app_id, job.kind, _FAILED if job.failed else _ENDED)
        ended, failure = job.ended, job.failure
        job.ended = job.failure = None  # the traceback may hold the job
        if ended is None:
            return
        if cancelled:
            ended.cancel()
            ended.set_running_or_notify_cancel()
        elif failure is not None:
            ended.set_exception(failure)
        else:
            ended.set_result(job.value)

    def _cancel(self, job: Job) -> bool:
        if job not in self._jobs:
            return False
        if not job.on_loop:
            return job.thread is not None and job.thread.cancel()
        job.cancelling = True
        if self._inside():
            self._cancel_task(job)
        else:
            self._loop.call_soon_threadsafe(self._cancel_task, job)
        return True

    @staticmethod
    def _cancel_task(job: Job) -> None:
        if job.task is not None:
            job.task.cancel()

    def _threads(self) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor

        with self._lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(_THREADS, "spikard-background")
            return self._executor
