"""asyncio itself: groups, timeouts, threads, subprocesses, sockets."""

from __future__ import annotations

import asyncio
import concurrent.futures
import sys
import threading

from watch import Watch, watched, who

app = watched()


@app.get("/echo/{n:int}")
async def echo(n: int) -> dict[str, int]:
    """The context goes along into a group's tasks, a thread, and back."""
    who.set(n)
    seen: set[int] = set()

    async def child(wait: float) -> None:
        await asyncio.sleep(wait)
        seen.add(who.get())
        seen.add(await asyncio.to_thread(who.get))

    async with asyncio.TaskGroup() as group:
        for i in range(3):
            group.create_task(child(i / 1000))
    (value,) = seen
    return {"n": value, "who": who.get()}


@app.get("/group")
async def group() -> list[str]:
    async def fails() -> None:
        raise LookupError("on purpose")

    waits = asyncio.create_task(asyncio.sleep(3600))

    async def waiting() -> None:
        await waits

    seen: list[str] = []
    try:
        async with asyncio.TaskGroup() as children:
            children.create_task(waiting())
            children.create_task(fails())
    except* LookupError as caught:
        seen += map(str, caught.exceptions)
    return [*seen, f"cancelled: {waits.cancelled()}"]


@app.get("/timeout")
async def timeout() -> str:
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(3600)
    except TimeoutError:
        return "late"
    return "in time"


@app.get("/thread")
async def thread() -> list[bool]:
    """A thread that comes back into the loop, and an executor of the user's own."""
    loop = asyncio.get_running_loop()
    here = threading.get_ident()

    async def where() -> int:
        return threading.get_ident()

    def there() -> tuple[int, int]:
        back = asyncio.run_coroutine_threadsafe(where(), loop).result(30)
        return threading.get_ident(), back

    other, back = await asyncio.to_thread(there)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        third = await loop.run_in_executor(pool, threading.get_ident)
    return [other != here, back == here, third not in (here, other)]


@app.get("/process/{word}")
async def process(word: str) -> list[str | int]:
    code = "import sys; print(sys.stdin.read()[::-1]); sys.exit(3)"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await child.communicate(word.encode())
    return [out.decode().strip(), child.returncode if child.returncode is not None else -1]


@app.get("/socket/{word}")
async def socket(word: str) -> str:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readline()).upper())
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(word.encode() + b"\n")
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()
    return line.decode().strip()


@app.get("/stuck")
async def stuck(watch: Watch) -> None:
    """A client that leaves ends the child process of its request."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE
    )
    try:
        with watch.inside():
            await child.wait()
    finally:
        child.kill()
        await child.wait()
