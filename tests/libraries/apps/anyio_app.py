"""anyio's task groups, cancel scopes, streams and threads."""

from __future__ import annotations

import sys

import anyio
import anyio.from_thread
import anyio.to_thread
from watch import Watch, watched, who

app = watched()


class Steps(list[str]):
    """What was done."""


app.provide(Steps, Steps())


@app.get("/echo/{n:int}")
async def echo(n: int) -> dict[str, int]:
    """A stream between two tasks, and a thread that comes back into the loop."""
    who.set(n)
    send, receive = anyio.create_memory_object_stream[int]()

    async def source() -> None:
        async with send:
            for i in range(n + 1):
                await send.send(i)

    total = 0
    async with anyio.create_task_group() as group:
        group.start_soon(source)
        async with receive:
            async for i in receive:
                total += i

    async def from_the_loop() -> int:
        await anyio.sleep(0)
        return who.get()

    seen = await anyio.to_thread.run_sync(lambda: anyio.from_thread.run(from_the_loop))
    return {"n": total, "who": seen}


@app.get("/moved")
async def moved() -> list[bool]:
    with anyio.move_on_after(0.01) as scope:
        await anyio.sleep_forever()
    try:
        with anyio.fail_after(0.01):
            await anyio.sleep_forever()
    except TimeoutError:
        return [scope.cancelled_caught, True]
    return [scope.cancelled_caught, False]


@app.get("/group")
async def group() -> list[str]:
    """A child that fails cancels the other."""
    seen: list[str] = []

    async def waits() -> None:
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            seen.append("cancelled")
            raise

    async def fails() -> None:
        raise LookupError("on purpose")

    try:
        async with anyio.create_task_group() as children:
            children.start_soon(waits)
            children.start_soon(fails)
    except* LookupError as caught:
        seen += map(str, caught.exceptions)
    return seen


@app.get("/started")
async def started() -> int:
    async def serve(*, task_status: anyio.abc.TaskStatus[int]) -> None:
        task_status.started(7)
        await anyio.sleep_forever()

    async with anyio.create_task_group() as group:
        number = await group.start(serve)
        group.cancel_scope.cancel()
    return number


@app.get("/process")
async def process() -> str:
    code = "print(input()[::-1])"
    done = await anyio.run_process([sys.executable, "-c", code], input=b"abc\n")
    return done.stdout.decode().strip()


@app.get("/stuck")
async def stuck(watch: Watch, steps: Steps) -> None:
    async def child() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            # A client that has left does not interrupt this.
            with anyio.CancelScope(shield=True):
                await anyio.sleep(0.01)
                steps.append("shielded")

    with watch.inside():
        async with anyio.create_task_group() as group:
            group.start_soon(child)
            await anyio.sleep_forever()


@app.get("/steps")
async def all_steps(steps: Steps) -> list[str]:
    return steps


@app.get("/late")
async def late(steps: Steps) -> None:
    """Cancels its own scope, which must not be taken for the client's leaving."""
    with anyio.CancelScope() as scope:
        scope.cancel()
        await anyio.sleep_forever()
    steps.append("after its own cancellation")
