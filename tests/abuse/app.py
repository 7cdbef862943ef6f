"""Handlers for input of every kind. Whoever reaches one gets 200."""

import json
import math
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path as FilePath
from typing import Annotated, Any

from spikard import Body, Cookie, Form, Header, Query, Request, Response, Spikard, UploadFile

try:
    import resource
except ImportError:  # not on Windows
    resource = None

app = Spikard()


@app.get("/well")
def well() -> dict[str, bool]:
    return {"well": True}


def alike(a: Any, b: Any) -> bool:
    """Equality with types and order, in which 0.0 is not -0.0."""
    todo = [(a, b)]
    while todo:
        a, b = todo.pop()
        if type(a) is not type(b):
            return False
        if isinstance(a, dict):
            if list(a) != list(b):
                return False
            todo += [(a[key], b[key]) for key in a]
        elif isinstance(a, list):
            if len(a) != len(b):
                return False
            todo += zip(a, b)
        elif a != b or (isinstance(a, float) and math.copysign(1, a) != math.copysign(1, b)):
            return False
    return True


@app.post("/any")
def anything(body: Annotated[Any, Body()]) -> dict[str, str]:
    return {"type": type(body).__name__}


@app.post("/same")
def same(request: Request, body: Annotated[Any, Body()]) -> dict[str, bool]:
    return {"same": alike(body, json.loads(request.body()))}


@app.post("/loads")
def loads(request: Request) -> dict[str, str]:
    return {"type": type(json.loads(request.body())).__name__}


@dataclass
class Item:
    name: str
    price: float
    tags: list[str] = field(default_factory=list)


@app.post("/items")
def items(item: Item) -> Item:
    return item


@app.post("/numbers")
def numbers(body: list[int]) -> int:
    return len(body)


@dataclass
class Amounts:
    whole: int = 0
    real: float = 0.0
    exact: Annotated[Decimal, Body(ge=0, multiple_of=Decimal("0.01"))] = Decimal(0)
    lasting: timedelta = timedelta()
    at: datetime | None = None
    day: date | None = None
    either: int | Decimal | str | None = None


@app.post("/amounts")
def amounts(body: Amounts) -> str:
    return repr(body)[:100]


@app.get("/amounts")
def amounts_of_query(
    whole: int = 0,
    real: float = 0.0,
    exact: Annotated[Decimal, Query(ge=0, multiple_of=Decimal("0.01"))] = Decimal(0),
    lasting: timedelta = timedelta(),  # noqa: B008
    at: datetime | None = None,
    day: date | None = None,
) -> str:
    return repr((whole, real, exact, lasting, at, day))[:100]


@app.post("/multiples", body_schema={"type": "integer", "multipleOf": 3, "maximum": 10, "not": {"enum": [6, 7.5]}})
def multiples(body: Annotated[Any, Body()]) -> str:
    return repr(body)[:100]


@dataclass
class Left:
    next: "Left | Right | None"


@dataclass
class Right:
    next: "Right | Left | None"
    mark: int


@app.post("/turns")
def turns(body: Left) -> bool:
    return body.next is None


LEAF = {"type": "object", "required": ["leaf"], "properties": {"leaf": {"const": 1}}, "additionalProperties": False}
BRANCH = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/$defs/tree"}}}

TREE = {"$ref": "#/$defs/tree", "$defs": {"tree": {"anyOf": [BRANCH, {**BRANCH, "minProperties": 1}, LEAF]}}}


@app.post("/tree", body_schema=TREE)
def tree(body: Annotated[Any, Body()]) -> str:
    return type(body).__name__


@app.post("/closed", body_schema={"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False})
def closed(body: Annotated[Any, Body()]) -> int:
    return len(body)


@app.post("/set", body_schema={"type": "array", "uniqueItems": True})
def unique(body: Annotated[Any, Body()]) -> int:
    return len(body)


@app.post("/pattern", body_schema={"type": "string", "pattern": r"^(a+)+(?=b)$"})
def pattern(body: Annotated[Any, Body()]) -> int:
    return len(body)


@app.post("/patterns", body_schema={"type": "array", "items": {"pattern": r"^(a+)+(?=b)$"}})
def patterns(body: Annotated[Any, Body()]) -> int:
    return len(body)


@app.get("/pattern")
def pattern_of_query(q: Annotated[str, Query(pattern=r"^(\w+\s?)*(?!x)$")]) -> int:
    return len(q)


@app.get("/query")
def query(
    q: str = "",
    n: int = 0,
    tags: Annotated[list[str], Query()] = [],  # noqa: B006
    x_mark: Annotated[str, Header()] = "",
    sid: Annotated[str, Cookie()] = "",
) -> int:
    return len(q) + n + len(tags) + len(x_mark) + len(sid)


@app.get("/path/{name}")
def path(name: str) -> int:
    return len(name)


@app.post("/form")
def form(body: Annotated[dict[str, Any], Form()]) -> int:
    return len(body)


@dataclass
class Account:
    name: str
    roles: list[str] = field(default_factory=list)


@app.post("/account")
def account(body: Annotated[Account, Form()]) -> Account:
    return body


@app.post("/upload")
def upload(file: UploadFile) -> dict[str, object]:
    return {"filename": file.filename, "size": file.size, "content": file.read(64).decode("latin-1")}


@app.post("/picture", file_params={"file": {"required": True, "content_type": ["image/png"], "max_size": 1000, "validate_magic_numbers": True}})
def picture(file: UploadFile) -> int:
    return file.size


@app.post("/text")
def text(body: Annotated[str, Body(media_type="text/plain")]) -> int:
    return len(body)


@app.post("/raw")
def raw(request: Request) -> int:
    return len(request.body())


def status(name: str) -> int | None:
    """A line of the process's status, in bytes."""
    try:
        lines = FilePath("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


@app.get("/usage")
def usage() -> Response:
    """CPU seconds so far, memory now and at its highest since it was last asked."""
    used = resource.getrusage(resource.RUSAGE_SELF) if resource else None
    answer = {"cpu": used and used.ru_utime + used.ru_stime, "memory": status("VmRSS"), "peak": status("VmHWM")}
    if answer["memory"] is not None:
        FilePath("/proc/self/clear_refs").write_text("5")
    return Response(answer)
