"""Streams, sessions and slow work, for clients that leave when they like."""

import asyncio
import gc
import random
import time
from collections.abc import AsyncIterator, Iterator

from spikard import (
    HTTPException,
    Provide,
    Request,
    Spikard,
    StreamingResponse,
    WebSocket,
)

app = Spikard()
opened = 0


class Lease:
    """Something that must be given back."""


async def lease() -> AsyncIterator[Lease]:
    global opened
    opened += 1
    try:
        await asyncio.sleep(0)
        yield Lease()
    finally:
        await asyncio.sleep(0)
        opened -= 1


def short_lease() -> Iterator[str]:
    global opened
    opened += 1
    try:
        yield "lease"
    finally:
        opened -= 1


app.provide(Lease, Provide(lease))
app.provide("short", Provide(short_lease))


def chance(one_in: int) -> bool:
    return random.randrange(one_in) == 0


@app.sse("/events")
async def events(held: Lease) -> AsyncIterator[int]:
    for n in range(1000):
        yield n
        if chance(200):
            raise ValueError("on purpose")
        await asyncio.sleep(random.random() / 100)


@app.get("/parts")
async def parts(held: Lease) -> StreamingResponse:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(random.randrange(50)):
            yield b"x" * random.randrange(1, 100_000)
            if chance(100):
                raise ValueError("on purpose")
            await asyncio.sleep(0)

    return StreamingResponse(body())


@app.get("/parts-sync")
def parts_sync(short: str) -> StreamingResponse:
    def body() -> Iterator[bytes]:
        for _ in range(random.randrange(20)):
            yield b"x" * random.randrange(1, 100_000)
            if chance(100):
                raise ValueError("on purpose")

    return StreamingResponse(body())


@app.post("/upload", stream_body=True)
async def upload(request: Request, held: Lease) -> dict[str, int]:
    size = 0
    async for part in request.stream():
        size += len(part)
        if chance(200):
            raise HTTPException(409, "enough")
    return {"size": size}


@app.websocket("/socket")
async def socket(socket: WebSocket, held: Lease) -> None:
    await socket.accept()
    async for message in socket.iter():
        if chance(100):
            raise ValueError("on purpose")
        if chance(50):
            await socket.close(4000 + random.randrange(100))
        await socket.send(message)


@app.websocket("/messages")
async def messages(message: dict[str, int], held: Lease) -> dict[str, int]:
    if chance(50):
        raise HTTPException(409, "no")
    return message


@app.get("/slow")
async def slow(held: Lease) -> int:
    await asyncio.sleep(random.random())
    return 1


@app.get("/block")
def block(short: str) -> int:
    time.sleep(random.random() / 10)
    return 1


@app.get("/stubborn")
async def stubborn(held: Lease) -> int:
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError:
        await asyncio.sleep(0.01)
        raise
    return 1


@app.get("/left")
async def left() -> dict[str, int]:
    """What is left when nobody else asks for anything."""
    await asyncio.sleep(0)
    gc.collect()
    return {"tasks": len(asyncio.all_tasks()) - 1, "opened": opened}
