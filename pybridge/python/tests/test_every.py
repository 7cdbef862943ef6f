"""Jobs, as data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from spikard import Provide, Request, Spikard
from spikard._every import nanoseconds
from tests.describing import collected, faults, only_fault

SECOND = 10**9


class Cache: ...


def refresh(cache: Cache) -> None: ...


async def report() -> None: ...


def entries() -> Iterator[int]:
    yield 1


def asks(request: Request) -> None: ...


def unknown(limit): ...  # type: ignore[no-untyped-def]


@pytest.mark.parametrize(
    ("interval", "want"),
    [
        ("500ms", SECOND // 2),
        ("30s", 30 * SECOND),
        ("5m", 300 * SECOND),
        ("1h30m", 5400 * SECOND),
        ("1.5s", 3 * SECOND // 2),
        (timedelta(minutes=1, microseconds=1), 60 * SECOND + 1000),
        (2, 2 * SECOND),
        (0.25, SECOND // 4),
    ],
)
def test_intervals(interval: Any, want: int) -> None:
    assert nanoseconds(interval) == want


@pytest.mark.parametrize(
    ("interval", "message"),
    [
        ("", "'' is no interval"),
        ("30", "'30' is no interval"),
        ("30 s", "'30 s' is no interval"),
        ("x30s", "'x30s' is no interval"),
        ("1d", "'1d' is no interval"),
        (None, "None is no interval"),
        (True, "True is no interval"),
        (0, "must be above 0"),
        ("0s", "must be above 0"),
        (timedelta(seconds=-1), "must be above 0"),
        (1e12, "below 292 years"),
        (float("inf"), "no interval"),
    ],
)
def test_what_is_no_interval(interval: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nanoseconds(interval)
    app = Spikard()
    app.every(interval)(report)
    assert only_fault(app).startswith("every: ")


def test_jobs_in_the_manifest() -> None:
    app = Spikard()
    app.provide(Cache, Provide(Cache))
    app.every("30s")(refresh)
    app.every(1, name="reports", immediately=True)(report)
    found = collected(app).manifest
    assert "faults" not in found
    first, second = found["jobs"]
    assert (first["name"], first["every"]) == ("tests.test_every.refresh", 30 * SECOND)
    assert (second["name"], second["every"]) == ("reports", SECOND)
    assert (first["immediately"], second["immediately"]) == (False, True)
    params = found["callables"][first["callable"]]["params"]
    assert [(p["name"], p["key"]) for p in params] == [("cache", "__type__tests.test_every.Cache")]
    assert first["source"]["file"] == __file__


def test_an_app_without_jobs_says_nothing_of_them() -> None:
    assert "jobs" not in collected(Spikard()).manifest


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (1, "a job must be a function, not 1"),
        (Cache, "a job must be a function"),
        (entries, "has no yield"),
        (asks, "there is no request when a job runs"),
        (unknown, "job tests.test_every.unknown, parameter limit: "),
    ],
)
def test_faults(function: Any, message: str) -> None:
    app = Spikard()
    app.every("1s")(function)
    assert message in only_fault(app)


def test_names_are_their_own() -> None:
    app = Spikard()
    app.every("1s")(report)
    app.every("2s")(report)
    app.every("2s", name="other")(report)
    app.every("2s", name="")(report)
    first, second = faults(app)
    assert first.startswith("every: there is a job tests.test_every.report already, at ")
    assert second == "every: name must be a text, not ''"
