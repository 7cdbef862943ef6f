"""numpy in handlers: inline, in threads, in and out of JSON."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import numpy as np
from spikard import Response
from watch import watched, who

app = watched()


@dataclass
class Equations:
    matrix: list[list[float]]
    right: list[float]


@app.post("/solve")
def solve(given: Equations) -> dict[str, Any]:
    a = np.array(given.matrix)
    x = np.linalg.solve(a, np.array(given.right))
    return {"x": x.round(9).tolist(), "det": np.linalg.det(a).round(9)}


@app.get("/echo/{n:int}")
async def echo(n: int) -> dict[str, int]:
    """numpy gives the GIL away inside, and takes it back, in a thread."""
    who.set(n)

    def trace() -> tuple[int, int]:
        a = np.full((64, 64), n, dtype=np.int64)
        return int(np.trace(np.eye(64, dtype=np.int64) @ a)) // 64, who.get()

    value, seen = await asyncio.to_thread(trace)
    return {"n": value, "who": seen}


@app.get("/scalars")
def scalars() -> list[Any]:
    return [np.float64(0.5), np.arange(3).tolist(), np.str_("text")]


@app.get("/bytes")
def raw() -> Response:
    return Response(np.arange(4, dtype="<i4").tobytes(), media_type="application/octet-stream")


@app.post("/sum")
def total(body: bytes) -> float:
    return float(np.frombuffer(body, dtype="<f8").sum())
