"""The nine workloads of the benchmark, and the synchronous twins of two."""

import asyncio
import time
from dataclasses import dataclass
from typing import Annotated, Any

from spikard import Body, Provide, Spikard

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

HELLO = "Hello"
BIG = [{"id": i, "name": f"item {i}", "price": i * 1.5, "tags": ["a", "b"], "active": True} for i in range(200)]


@app.get("/plain")
def plain() -> dict[str, str]:
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
