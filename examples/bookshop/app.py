"""The bookshop's routes. Its `Store` is the one in store.go."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Annotated, Protocol

from spikard import Body, HTTPException, Path, Provide, Query, Request, Response, Spikard

app = Spikard()
log = logging.getLogger("bookshop")

Text = Annotated[str, Body(min_length=1, max_length=200)]
Id = Annotated[int, Path(ge=1, le=1_000_000_000)]


@dataclass
class NewBook:
    title: Text
    author: Text
    year: Annotated[int, Body(ge=1450, le=2100)]
    price: Annotated[int, Body(gt=0, le=1_000_000)]  # in cents


@dataclass
class Book:
    id: int
    title: str
    author: str
    year: int
    price: int


@dataclass
class Search:
    q: str
    author: str
    max_price: int | None
    limit: int
    offset: int


@dataclass
class Page:
    books: list[Book]
    total: int


class Store(Protocol):
    def search(self, by: Search) -> Page: ...
    def find(self, id: int) -> Book | None: ...
    def add(self, book: NewBook) -> Book | None: ...


@dataclass
class Shop:
    name: str


app.provide(Shop, Shop("Marginalia"))


class Arrivals:
    """Tells those who wait for it of the next new book."""

    def __init__(self) -> None:
        self.waiting: set[asyncio.Future[Book]] = set()

    async def next(self) -> Book:
        arrival = asyncio.get_running_loop().create_future()
        self.waiting.add(arrival)
        try:
            return await arrival
        finally:
            self.waiting.discard(arrival)

    def announce(self, book: Book) -> None:
        for arrival in self.waiting:
            if not arrival.done():
                arrival.set_result(book)


app.provide(Arrivals, Provide(Arrivals, singleton=True))


class Journal:
    """What a request has changed."""

    def __init__(self) -> None:
        self.entries: list[str] = []


def open_journal(request: Request) -> Iterator[Journal]:
    """Logs the changes once the request has gone well; an exception is raised at the yield."""
    journal = Journal()
    yield journal
    for entry in journal.entries:
        log.info("%s (%s)", entry, request.client)


app.provide(Journal, Provide(open_journal))


@app.on_request
def start_clock(request: Request) -> None:
    request.state.started = perf_counter()


@app.on_response
def stop_clock(response: Response, request: Request) -> None:
    spent = (perf_counter() - request.state.started) * 1000
    response.headers["server-timing"] = f"app;dur={spent:.2f}"


@app.get("/books")
def list_books(
    store: Store,
    q: str = "",
    author: str = "",
    max_price: Annotated[int | None, Query(gt=0, le=1_000_000)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
) -> Page:
    return store.search(Search(q, author, max_price, limit, offset))


@app.get("/books/{id:int}")
def get_book(id: Id, store: Store) -> Book:
    book = store.find(id)
    if book is None:
        raise HTTPException(404, f"No book has the id {id}")
    return book


@app.post("/books", status_code=201)
async def add_book(new: NewBook, store: Store, arrivals: Arrivals, journal: Journal) -> Book:
    book = await asyncio.to_thread(store.add, new)
    if book is None:
        raise HTTPException(409, f"{new.title} by {new.author} is in the catalogue")
    journal.entries.append(f"added {book.title}")
    arrivals.announce(book)
    return book


@app.get("/arrivals")
async def next_arrival(
    arrivals: Arrivals, wait: Annotated[float, Query(gt=0, le=10)] = 10
) -> Book | None:
    """The next book that is added, or null when none is within `wait` seconds."""
    try:
        return await asyncio.wait_for(arrivals.next(), wait)
    except asyncio.TimeoutError:  # the built-in one from 3.11 on
        return None
