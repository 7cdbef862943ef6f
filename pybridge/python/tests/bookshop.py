"""An app with something of everything, for the golden manifest."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Generic, Literal, NamedTuple, Optional, TypedDict, TypeVar
from uuid import UUID

from spikard import (
    Body,
    Cookie,
    File,
    Form,
    Header,
    HTTPException,
    Path,
    Provide,
    Query,
    Request,
    Response,
    Router,
    ServerConfig,
    Spikard,
    UploadFile,
)

T = TypeVar("T")

app = Spikard(ServerConfig(port=8080, max_body_size=1024, trusted_proxies=("10.0.0.0/8",)))
authors = Router(prefix="/authors")


class Genre(Enum):
    POETRY = "poetry"
    PROSE = "prose"


class Size(NamedTuple):
    width: int
    height: int = 10


class Label(TypedDict, total=False):
    text: str
    color: Literal["red", "green", 3, True, None]


@dataclass
class Author:
    name: Annotated[str, Query(min_length=1)]
    born: Optional[date] = None  # noqa: UP045  # the old spelling


@dataclass
class Book:
    isbn: UUID
    title: str
    price: Decimal
    genre: Genre
    authors: list[Author]
    size: Size = Size(1)  # noqa: RUF009  # it can't change
    label: Label = field(default_factory=lambda: Label())
    sequel: Book | None = None
    stock: dict[str, int] = field(default_factory=dict)
    by_id: dict[int, str] = field(default_factory=dict)
    marks: set[str] = field(default_factory=set)
    frozen: frozenset[int] = frozenset()
    pair: tuple[int, str] = (1, "")
    many: tuple[float, ...] = ()
    anything: Any = None
    sold: datetime | date | time | timedelta | bool | None = None


@dataclass
class Page(Generic[T]):
    items: list[T]
    total: int = 0


class Catalogue: ...


class Warehouse:
    """Nobody here provides it, so a Go value can stand in for it."""

    def find(self, isbn: UUID, deep: bool = False) -> Book | None:
        return None

    async def add(self, book: Book, *, by: str) -> None: ...

    def _secret(self) -> None: ...


class Session:
    def __init__(self, catalogue: Catalogue, request: Request) -> None: ...


class Repo(Generic[T]):
    def get(self) -> T:
        raise NotImplementedError


async def open_catalogue() -> AsyncIterator[Catalogue]:
    yield Catalogue()


def make_repo(limit: int = 3, *, page_size: int) -> Iterator[Repo[Author]]:
    yield Repo()


async def current_user(session: Session) -> str:
    return repr(session)


app.provide(Catalogue, Provide(open_catalogue, singleton=True))
app.provide(Session)
app.provide(Repo[Author], Provide(make_repo, use_cache=False, depends_on=["page_size"]))
app.provide("page_size", 20)
app.provide(Annotated[str, "motto"], "read")


@app.on_startup
async def warm_up(catalogue: Catalogue) -> None: ...


@app.pre_handler
def check(request: Request) -> Response | None:
    return None


@app.on_response
def stamp(response: Response) -> None:
    response.headers["x-shop"] = "books"


@app.on_shutdown
def cool_down() -> None: ...


@app.get("/books/{isbn:uuid}", tags=["books"], summary="One book", operation_id="book")
async def get_book(
    isbn: UUID,
    catalogue: Catalogue,
    user: Annotated[str, Provide(current_user)],
    genre: Genre | None = None,
    marks: list[str] = Query(default=[], alias="mark", max_length=5),
    ids: Annotated[set[int], Query(separator=",")] = frozenset(),  # type: ignore[assignment]
    price: Annotated[Decimal | None, Query(gt=0, multiple_of=0.5)] = None,
    user_agent: str = Header(default=""),
    x_trace: Annotated[str, Header(alias="X-Trace-ID", pattern="^[a-z]+$")] = "none",
    session_id: str | None = Cookie(default=None),
) -> Book:
    """Finds a book.

    By its number.
    """
    raise HTTPException(404, "no such book")


@app.post("/books", status_code=201, deprecated=True, include_in_schema=False)
def add_book(book: Book, motto: Annotated[str, "motto"], *, repo: Repo[Author]) -> Page[Book]:
    return Page([book])


@app.route("/pages", methods=["PUT", "PATCH"])
def put_page(page: Page[Author], warehouse: Warehouse, request: Request) -> dict[str, Any]:
    return {}


@authors.delete("/{name}/{rest:path}")
def remove(rest: Annotated[str, Path(max_length=100)], name: str = Path()) -> None: ...


@authors.post("/")
def many(authors: Annotated[list[Author], Body(min_length=1)]) -> bytes:
    return b""


@dataclass
class Order:
    isbn: UUID
    copies: int = 1
    note: bytes = b""


@app.post(
    "/orders",
    body_schema={"type": "object", "required": ["isbn"]},
    response_schema={"type": "object"},
    validate_responses=True,
)
def order(form: Annotated[Order, Form()]) -> dict[str, str]:
    return {}


@app.post(
    "/covers/{isbn}",
    file_params={
        "cover": {"required": True, "content_type": ["image/png"], "validate_magic_numbers": True}
    },
    parameter_schema={
        "type": "object",
        "properties": {
            "isbn": {"type": "string", "format": "uuid", "source": "path"},
            "X-Size": {"type": "integer", "default": 100, "source": "header"},
        },
        "required": ["isbn"],
    },
)
def add_cover(  # type: ignore[no-untyped-def]
    isbn,
    x_size,
    cover: UploadFile,
    pages: list[UploadFile] | None = None,
    thumbnail: bytes = File(default=b"", max_size=1024),
    title: str = Form(default="", schema={"not": {"const": "?"}}),
) -> None: ...


@app.put("/covers/{isbn}")
def put_cover(isbn: UUID, image: Annotated[bytes, Body(media_type="image/*")]) -> None: ...


app.include_router(authors, prefix="/v1")
