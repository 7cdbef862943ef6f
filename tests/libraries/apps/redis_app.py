"""redis.asyncio: a pool of five connections."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import BlockingConnectionPool, Redis
from spikard import Spikard
from watch import Watch, watched, who


class Pool:
    """A pool in a global variable, which `lifespan` opens and closes."""

    redis: Redis


@asynccontextmanager
async def lifespan(_: Spikard) -> AsyncIterator[None]:
    pool = BlockingConnectionPool.from_url(
        os.environ["REDIS"], max_connections=5, timeout=60, decode_responses=True
    )
    async with Redis.from_pool(pool) as Pool.redis:
        await Pool.redis.ping()
        yield


app = watched(lifespan)


@app.get("/echo/{n:int}")
async def echo(n: int) -> dict[str, int]:
    who.set(n)
    async with Pool.redis.pipeline(transaction=True) as pipe:
        _, text = await pipe.set(f"n:{n}", n, ex=60).get(f"n:{n}").execute()
    return {"n": int(text), "who": who.get()}


@app.get("/count")
async def count() -> int:
    return await Pool.redis.incr("count")


@app.get("/script/{n:int}")
async def script(n: int) -> int:
    return await Pool.redis.eval("return ARGV[1] * 2", 0, n)


@app.get("/say/{word}")
async def say(word: str) -> str:
    async with Pool.redis.pubsub() as ear, asyncio.timeout(30):
        await ear.subscribe("words")
        await Pool.redis.publish("words", word)
        async for message in ear.listen():
            if message["type"] == "message":
                return message["data"]
    return "nothing"


@app.get("/stuck")
async def stuck(watch: Watch) -> None:
    with watch.inside():
        await Pool.redis.blpop(["nothing"], 0)


@app.get("/blocked")
async def blocked() -> int:
    """How many clients wait in Redis."""
    async with Redis.from_url(os.environ["REDIS"]) as redis:  # the pool may have none
        return (await redis.info("clients"))["blocked_clients"]
