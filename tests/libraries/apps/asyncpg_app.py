"""asyncpg: a pool of five connections, made at the start."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Annotated, Any

import asyncpg
from spikard import Body, Provide
from watch import Watch, watched, who

app = watched()
server: dict[str, Any] = {
    "host": os.environ["POSTGRES"],
    "user": "postgres",
    "database": "postgres",
}


async def open_pool(_: Watch) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(**server, min_size=5, max_size=5) as pool:
        await pool.execute("drop table if exists note; create table note (id serial, line text)")
        yield pool


app.provide(asyncpg.Pool, Provide(open_pool, singleton=True))


@app.get("/echo/{n:int}")
async def echo(n: int, pool: asyncpg.Pool) -> dict[str, int]:
    who.set(n)
    async with pool.acquire() as connection, connection.transaction():
        n, process = await connection.fetchrow("select $1::int, pg_backend_pid()", n)
    return {"n": n, "who": who.get(), "process": process}


@app.get("/notes")
async def notes(pool: asyncpg.Pool) -> list[str]:
    return [row["line"] for row in await pool.fetch("select line from note order by id")]


@app.post("/notes")
async def add(lines: Annotated[list[str], Body()], pool: asyncpg.Pool) -> str:
    async with pool.acquire() as connection:
        return await connection.copy_records_to_table(
            "note", records=[(line,) for line in lines], columns=["line"]
        )


@app.get("/cursor")
async def cursor(pool: asyncpg.Pool) -> int:
    total = 0
    async with pool.acquire() as connection, connection.transaction():
        async for row in connection.cursor("select generate_series(1, 1000)", prefetch=100):
            total += row[0]
    return total


@app.get("/notify/{word}")
async def notify(word: str, pool: asyncpg.Pool) -> str:
    heard: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with pool.acquire() as ear, pool.acquire() as mouth:
        listener = lambda *said: heard.done() or heard.set_result(said[-1])  # noqa: E731
        await ear.add_listener("words", listener)
        await mouth.execute("select pg_notify('words', $1)", word)
        async with asyncio.timeout(30):
            word = await heard
        await ear.remove_listener("words", listener)
    return word


@app.get("/refused")
async def refused(pool: asyncpg.Pool) -> str:
    try:
        await pool.execute("select 1 / 0")
    except asyncpg.DivisionByZeroError as exc:
        return str(exc)
    return "not refused"


@app.get("/stuck")
async def stuck(pool: asyncpg.Pool, watch: Watch) -> None:
    with watch.inside():
        await pool.execute("select pg_sleep(3600)")


@app.get("/half/{line}")
async def half(line: str, pool: asyncpg.Pool, watch: Watch) -> None:
    """In the middle of a transaction that has changed something."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("insert into note (line) values ($1)", line)
        with watch.inside():
            await connection.execute("select pg_sleep(3600)")


@app.get("/busy")
async def busy(pool: asyncpg.Pool) -> dict[str, int]:
    """How many connections are busy, to the pool and to PostgreSQL."""
    connection = await asyncpg.connect(**server)  # the pool may have none
    sleeping = await connection.fetchval(
        "select count(*) from pg_stat_activity where state = 'active' and query like '%sleep(3600)'"
    )
    await connection.close()
    return {"out": pool.get_size() - pool.get_idle_size(), "sleeping": sleeping}
