"""aiohttp's client: one session for the app, with a pool of five connections."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from spikard import Provide
from watch import Watch, watched, who

app = watched()


async def open_session(_: Watch) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=5)
    async with aiohttp.ClientSession(os.environ["UPSTREAM"], connector=connector) as session:
        yield session


app.provide(aiohttp.ClientSession, Provide(open_session, singleton=True))


async def echoed(session: aiohttp.ClientSession, n: int) -> dict[str, Any]:
    async with session.post("/echo", json={"n": n}, raise_for_status=True) as answer:
        return await answer.json()


@app.get("/echo/{n:int}")
async def echo(n: int, session: aiohttp.ClientSession) -> dict[str, Any]:
    who.set(n)
    return {**await echoed(session, n), "who": who.get()}


@app.get("/lines")
async def lines(session: aiohttp.ClientSession) -> list[str]:
    async with session.get("/lines") as answer:
        return [line.decode().rstrip("\n") async for line in answer.content]


@app.get("/both")
async def both(session: aiohttp.ClientSession) -> list[Any]:
    answers = await asyncio.gather(*(echoed(session, n) for n in (1, 2)))
    return [answer["n"] for answer in answers]


@app.get("/late")
async def late(session: aiohttp.ClientSession) -> str:
    try:
        async with session.get("/stuck", timeout=aiohttp.ClientTimeout(sock_read=0.05)):
            return "in time"
    except TimeoutError:
        return "late"


@app.get("/stuck")
async def stuck(session: aiohttp.ClientSession, watch: Watch) -> str:
    with watch.inside():
        async with session.get("/stuck") as answer:
            return await answer.text()
