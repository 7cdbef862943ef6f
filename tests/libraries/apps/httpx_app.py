"""httpx: one client for the app, with a pool of five connections."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import httpx
from spikard import Provide
from watch import Watch, watched, who

app = watched()


async def open_client(_: Watch) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=5)
    url = os.environ["UPSTREAM"]
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60) as client:
        yield client


app.provide(httpx.AsyncClient, Provide(open_client, singleton=True))


@app.get("/echo/{n:int}")
async def echo(n: int, client: httpx.AsyncClient) -> dict[str, Any]:
    who.set(n)
    answer = await client.post("/echo", json={"n": n})
    answer.raise_for_status()
    return {**answer.json(), "who": who.get()}


@app.get("/lines")
async def lines(client: httpx.AsyncClient) -> list[str]:
    async with client.stream("GET", "/lines") as answer:
        return [line async for line in answer.aiter_lines()]


@app.get("/both")
async def both(client: httpx.AsyncClient) -> list[Any]:
    answers = await asyncio.gather(*(client.post("/echo", json={"n": n}) for n in (1, 2)))
    return [answer.json()["n"] for answer in answers]


@app.get("/late")
async def late(client: httpx.AsyncClient) -> str:
    try:
        await client.get("/stuck", timeout=httpx.Timeout(60, read=0.05))
    except httpx.ReadTimeout:
        return "late"
    return "in time"


@app.get("/stuck")
async def stuck(client: httpx.AsyncClient, watch: Watch) -> str:
    with watch.inside():
        return (await client.get("/stuck")).text
