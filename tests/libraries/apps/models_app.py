"""pydantic's models and orjson's bytes."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Annotated, Literal
from uuid import UUID

import orjson
from pydantic import BaseModel, Field, computed_field, field_validator
from spikard import Response
from watch import watched, who

app = watched()


class Line(BaseModel):
    sku: Annotated[str, Field(pattern=r"^[A-Z]{3}-\d+$")]
    count: Annotated[int, Field(gt=0)]
    price: float


class Order(BaseModel):
    id: UUID
    day: date
    kind: Literal["web", "shop"] = "web"
    lines: Annotated[list[Line], Field(min_length=1)]

    @field_validator("day")
    @classmethod
    def not_too_old(cls, day: date) -> date:
        if day.year < 2000:
            raise ValueError("the day is too old")
        return day

    @computed_field
    @property
    def total(self) -> float:
        return sum(line.count * line.price for line in self.lines)


@app.post("/orders", status_code=201)
async def order(order: Order) -> Order:
    await asyncio.sleep(0)
    return order.model_copy(update={"kind": "shop"})


@app.get("/echo/{n:int}")
async def echo(n: int) -> Response:
    who.set(n)
    await asyncio.sleep(0)
    return Response(orjson.dumps({"n": n, "who": who.get()}), media_type="application/json")


@app.post("/orjson")
def rewrite(body: bytes) -> Response:
    value = orjson.loads(body)
    value["at"] = datetime(2026, 1, 2, tzinfo=UTC)
    return Response(
        orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z),
        media_type="application/json",
    )


@app.get("/refused")
def refused() -> str:
    try:
        orjson.loads("{")
    except orjson.JSONDecodeError as exc:
        return type(exc).__name__
    return "not refused"
