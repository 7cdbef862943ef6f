"""Keeps one value, given as wire form or as JSON for orjson, and gives it back."""

import os
import sys
import time
from typing import Any

sys.path.append(os.environ["SPIKARD_BENCH_SITE"])

import orjson

from spikard import Body, Spikard

app = Spikard()

held: Any = None


@app.post("/given")
def given(body: Any = Body()) -> None:
    global held
    held = body


@app.post("/dropped")
def dropped() -> None:
    global held
    held = None


@app.post("/answered")
def answered() -> Any:
    return held


@app.post("/loaded")
def loaded(body: Any = Body()) -> int:
    """Return the nanoseconds that orjson takes to read the body."""
    global held
    began = time.perf_counter_ns()
    held = orjson.loads(body)
    return time.perf_counter_ns() - began


@app.post("/dumped")
def dumped() -> int:
    """Return the nanoseconds that orjson takes to write the value."""
    began = time.perf_counter_ns()
    text = orjson.dumps(held)
    took = time.perf_counter_ns() - began
    del text
    return took
