"""The workloads of the benchmark, and the synchronous twins of two."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from spikard import Body, Provide, Request, Response, Session, Spikard, WebSocket

app = Spikard()


@dataclass
class Address:
    street: str
    city: str
    zip: str


@dataclass
class User:
    name: str
    email: str
    age: Annotated[int, Body(ge=0, le=150)]
    tags: list[str]
    address: Address


class Settings:
    def __init__(self, name: str) -> None:
        self.name = name


class Service:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def payload(self) -> dict[str, Any]:
        return {"name": self.settings.name, "n": 1}


async def make_service(settings: Settings) -> Service:
    return Service(settings)


app.provide(Settings, Settings("bench"))
app.provide(Service, Provide(make_service))



class Link:
    """One of a chain of dependencies."""


def chain(name: str, make: Callable[[type, type | None], Callable[..., Any]], length: int = 20) -> type:
    """Provides a chain of dependencies for each request, and gives the last one's type."""
    last: type | None = None
    for n in range(length):
        link = type(f"{name}{n}", (Link,), {})
        factory = make(link, last)
        factory.__annotations__ = {} if last is None else {"before": last}
        app.provide(link, Provide(factory))
        last = link
    assert last is not None
    return last


def function(link: type, before: type | None) -> Callable[..., Any]:
    def first() -> Link:
        made: Link = link()
        return made

    def following(before: Link) -> Link:
        made: Link = link()
        return made

    return first if before is None else following


def generator(link: type, before: type | None) -> Callable[..., Any]:
    def first() -> Iterator[Link]:
        yield link()

    def following(before: Link) -> Iterator[Link]:
        yield link()

    return first if before is None else following


LastFunction = chain("Function", function)
LastGenerator = chain("Generator", generator)


class LastGo:
    """What Go makes at the end of a chain of its own."""


def unused() -> Link:
    return Link()


for number in range(int(os.environ.get("SPIKARD_BENCH_PROVIDERS", "0"))):
    app.provide(f"unused{number}", Provide(unused))

HELLO = "Hello"
BIG = [{"id": i, "name": f"item {i}", "price": i * 1.5, "tags": ["a", "b"], "active": True} for i in range(200)]


@app.get("/plain")
def plain() -> dict[str, str]:
    return {"message": HELLO}


def begin(request: Request) -> None:
    request.state.begun = time.perf_counter()


def end(response: Response, request: Request) -> None:
    response.headers["X-Took"] = f"{(time.perf_counter() - request.state.begun) * 1e6:.0f}"


@app.get("/hooks", on_request=[begin], on_response=[end])
def hooks() -> dict[str, str]:
    return {"message": HELLO}


@app.get("/hooks-go")
def hooks_go() -> dict[str, str]:
    return {"message": HELLO}


@app.get("/session")
def session(session: Session | None) -> dict[str, str]:
    assert session is not None, "the configuration has no sessions"
    assert session.get("sub") == "ada"
    return {"message": HELLO}


@app.get("/async")
async def async_() -> dict[str, str]:
    return {"message": HELLO}


@app.get("/await")
async def await_() -> dict[str, str]:
    await asyncio.sleep(0)
    return {"message": HELLO}


@app.get("/items/{id}")
async def items(id: int, q: str, limit: int = 10) -> dict[str, Any]:
    return {"id": id, "q": q, "limit": limit}


@app.get("/items-sync/{id}")
def items_sync(id: int, q: str, limit: int = 10) -> dict[str, Any]:
    return {"id": id, "q": q, "limit": limit}


@app.post("/users")
async def users(user: User) -> User:
    return user


@app.post("/users-sync")
def users_sync(user: User) -> User:
    return user


@app.get("/di")
async def di(service: Service) -> dict[str, Any]:
    return service.payload()


@app.get("/big")
async def big() -> list[dict[str, Any]]:
    return BIG


@app.get("/sleep")
async def sleep() -> dict[str, str]:
    await asyncio.sleep(0.01)
    return {"message": HELLO}


@app.get("/block")
def block() -> dict[str, str]:
    time.sleep(0.01)
    return {"message": HELLO}


@app.get("/spin")
def spin() -> dict[str, str]:
    end = time.perf_counter() + 0.2
    while time.perf_counter() < end:
        pass
    return {"message": HELLO}


for path, last in (("/di20", LastFunction), ("/di20gen", LastGenerator), ("/di20go", LastGo)):

    def handler(last: Any) -> dict[str, str]:
        return {"message": HELLO}

    handler.__annotations__ = {"last": last}
    app.get(path)(handler)


@app.sse("/ticks")
async def ticks():
    while True:
        yield "tick"
        await asyncio.sleep(5)


@app.websocket("/socket")
async def socket(socket: WebSocket):
    await socket.accept()
    async for message in socket.iter():
        await socket.send(message)
