"""sqlite3, whose connections belong to the thread that opened them."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator

from spikard import Provide
from watch import Watch, watched, who

app = watched()


class Database:
    """A connection, and the thread that it belongs to."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.thread = threading.get_ident()


async def open_database(_: Watch) -> AsyncIterator[Database]:
    database = Database()
    database.connection.execute("create table word (word text)")
    yield database
    database.connection.close()


app.provide(Database, Provide(open_database, singleton=True))


@app.get("/echo/{n:int}")
async def echo(n: int, database: Database) -> dict[str, int]:
    who.set(n)
    await asyncio.sleep(0)
    ((value,),) = database.connection.execute("select ?", (n,))
    return {"n": value, "who": who.get()}


@app.post("/words/{word}")
async def add(word: str, database: Database) -> list[str]:
    # There is no await, and it is the loop's thread all the same.
    database.connection.execute("insert into word values (?)", (word,))
    rows = database.connection.execute("select word from word").fetchall()
    return [word for (word,) in rows]


@app.get("/thread")
async def thread(database: Database) -> bool:
    await asyncio.sleep(0)
    return database.thread == threading.get_ident()
