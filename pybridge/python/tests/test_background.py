"""What background work is given; the engine's suite has it run."""

from __future__ import annotations

import asyncio
import functools
import gc
import warnings
from concurrent.futures import Future
from typing import Any

import pytest

from spikard import JSONResponse, RedirectResponse, Response, background
from spikard._background import Once, is_async, work_name
from spikard._beside import Task


async def job(n: int = 0) -> int:
    return n


def plain() -> None: ...


class Later:
    async def __call__(self) -> None: ...


def test_without_a_server_there_is_nobody_to_run_it() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeError, match="background work has no app"):
            background.run(job())
        gc.collect()


def test_arguments_are_for_functions() -> None:
    with pytest.raises(TypeError, match="for a function, not for a coroutine"):
        background.run(job(), 1)
    with pytest.raises(TypeError, match="a coroutine or a function, not 1"):
        background.run(1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("work", "asynchronous", "name"),
    [
        (job, True, "tests.test_background.job"),
        (functools.partial(job, 1), True, "tests.test_background.job"),
        (plain, False, "tests.test_background.plain"),
        (Later(), True, "tests.test_background.Later"),
        (Later, False, "tests.test_background.Later"),
    ],
)
def test_what_is_for_the_loop(work: Any, asynchronous: bool, name: str) -> None:
    assert (is_async(work), work_name(work)) == (asynchronous, name)


def test_background_of_an_answer() -> None:
    assert Response().background is None
    response = Response("x", background=plain)
    assert response.background is plain
    assert response._parts()[6] is plain
    response.background = [plain, job]
    assert response.background == [plain, job]
    response.background = None
    assert response._parts()[6] is None
    response.background = []
    assert response._parts()[6] is None
    assert JSONResponse(1, background=job).background is job
    assert RedirectResponse("/", background=job).background is job
    with pytest.raises(TypeError, match="a coroutine or a function, not 1"):
        response.background = 1
    with pytest.raises(TypeError, match="a coroutine or a function, not 2"):
        response.background = [plain, 2]


def test_what_is_not_sent_is_closed() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = Response(background=job())
        second = Response(background=[first.background, job()])
        del first
        gc.collect()
        # It has moved to the other answer, and is open still.
        assert asyncio.run(second.background[0]()) == 0
        second.background = None
        gc.collect()


def test_a_coroutine_runs_once() -> None:
    once = Once(job(3))
    assert once.name == "job"
    assert asyncio.run(once()) == 3
    with pytest.raises(RuntimeError, match="job runs already"):
        _ = once()


def handle(ended: Future[Any]) -> Task:
    return Task("job", ended, lambda _: ended.cancel())


def test_a_handle() -> None:
    ended: Future[Any] = Future()
    task = handle(ended)
    seen: list[Any] = []
    task.add_done_callback(seen.append)
    assert not task.done()
    with pytest.raises(asyncio.InvalidStateError, match="has not ended"):
        task.result()
    ended.set_result(4)
    assert (task.done(), task.result(), task.exception(), seen) == (True, 4, None, [task])
    assert (task.get_name(), repr(task)) == ("job", "<background job ended>")
    assert not task.cancel()


def test_a_handle_is_awaited() -> None:
    async def waits(task: Task) -> Any:
        return await task

    async def main() -> None:
        ended: Future[Any] = Future()
        task = handle(ended)
        waiting = asyncio.create_task(waits(task))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not task.done()  # the work goes on
        asyncio.get_running_loop().call_soon(ended.set_exception, KeyError("x"))
        with pytest.raises(KeyError):
            await task

    asyncio.run(main())


def test_a_cancelled_handle() -> None:
    task = handle(Future())
    assert task.cancel()
    assert task.cancelled()
    with pytest.raises(asyncio.CancelledError):
        task.result()
