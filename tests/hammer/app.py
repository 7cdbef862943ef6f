"""Handlers that do what handlers must not do."""

import asyncio
import os
import signal
import sys
import time
from dataclasses import dataclass

from spikard import HTTPException, Provide, Response, Spikard

app = Spikard()


@app.get("/sync")
def sync() -> dict[str, int]:
    return {"n": 1}


@app.get("/async")
async def inline() -> dict[str, int]:
    return {"n": 1}


@app.get("/await")
async def suspends() -> dict[str, int]:
    await asyncio.sleep(0.001)
    return {"n": 1}


@app.get("/raise")
def fails() -> None:
    raise ValueError("on purpose")


@app.get("/raise-await")
async def fails_later() -> None:
    await asyncio.sleep(0)
    raise ValueError("on purpose")


@app.get("/refuse/{status:int}")
def refuses(status: int) -> None:
    raise HTTPException(status, "on purpose")


@app.get("/object")
def wrong() -> object:
    return object()


@app.get("/nan")
def not_a_number() -> float:
    return float("nan")


@app.get("/status")
def wrong_status() -> Response:
    return Response("x", status_code=7)


@app.get("/itself")
def contains_itself() -> list[object]:
    out: list[object] = []
    out.append(out)
    return out


@app.get("/exit")
def leaves() -> None:
    sys.exit(3)


@app.get("/exit-async")
async def leaves_inline() -> None:
    sys.exit(3)


@app.get("/exit-await")
async def leaves_later() -> None:
    await asyncio.sleep(0)
    sys.exit(3)


@app.get("/interrupt-self")
def interrupts_itself() -> None:
    raise KeyboardInterrupt


def down(n: int) -> int:
    return down(n + 1) + 1


@app.get("/recurse")
def recurses() -> int:
    return down(0)


@app.get("/recurse-await")
async def recurses_later() -> int:
    await asyncio.sleep(0)
    return down(0)


@dataclass
class Item:
    name: str
    price: float


@app.post("/items")
def create(item: Item) -> Item:
    return item


class Session:
    def __init__(self) -> None:
        self.open = True


def open_session():  # type: ignore[no-untyped-def]
    session = Session()
    yield session
    session.open = False
    raise RuntimeError("clean-up fails on purpose")


@app.get("/session")
def uses(session: Session) -> dict[str, bool]:
    return {"open": session.open}


app.provide(Session, Provide(open_session))


@app.get("/slow")
def slow() -> dict[str, int]:
    time.sleep(0.3)
    return {"n": 1}


@app.get("/slow-await")
async def slow_await() -> dict[str, int]:
    await asyncio.sleep(0.3)
    return {"n": 1}


@app.get("/interrupt")
def interrupts() -> dict[str, int]:
    os.kill(os.getpid(), signal.SIGINT)
    return {"n": 1}
