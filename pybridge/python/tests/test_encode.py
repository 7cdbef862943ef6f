from __future__ import annotations

import ipaddress
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

from spikard._converters import to_timedelta
from spikard._encode import default


class Color(Enum):
    RED = "red"


@dataclass
class Item:
    a: int
    b: Any


CASES: list[tuple[Any, Any]] = [
    (Color.RED, "red"),
    (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (Decimal("1.10"), "1.10"),
    (datetime(2024, 1, 2, 3, 4, 5, 600, tzinfo=timezone.utc), "2024-01-02T03:04:05.000600Z"),
    (datetime(2024, 1, 2), "2024-01-02T00:00:00"),
    (date(2024, 1, 2), "2024-01-02"),
    (time(3, 4), "03:04:00"),
    (timedelta(0), "PT0S"),
    (timedelta(days=1, hours=2, minutes=3, seconds=4, microseconds=500000), "P1DT2H3M4.5S"),
    (timedelta(seconds=-90), "-PT1M30S"),
    (timedelta(days=2), "P2D"),
    ({1}, [1]),
    (frozenset({1}), [1]),
    (deque([1, 2]), [1, 2]),
    (Item(1, Color.RED), {"a": 1, "b": Color.RED}),
    (MappingProxyType({"a": 1}), {"a": 1}),
    (OrderedDict(a=1), {"a": 1}),
    (PurePosixPath("/a/b"), "/a/b"),
    (ipaddress.ip_address("10.0.0.1"), "10.0.0.1"),
]


@pytest.mark.parametrize(("value", "simpler"), CASES, ids=repr)
def test_default(value: Any, simpler: Any) -> None:
    assert default(value) == simpler


@pytest.mark.parametrize("value", [object(), Item, lambda: 1], ids=repr)
def test_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="can't be written as JSON"):
        default(value)


@pytest.mark.parametrize("seconds", [0, 1.5, -3, 86400, 100000.25, -0.000001])
def test_durations_come_back(seconds: float) -> None:
    duration = timedelta(seconds=seconds)
    text = default(duration)
    assert isinstance(text, str)
    assert to_timedelta(text) == duration


def test_models_of_other_packages() -> None:
    pydantic = pytest.importorskip("pydantic")
    msgspec = pytest.importorskip("msgspec")

    class Model(pydantic.BaseModel):  # type: ignore[misc,name-defined,unused-ignore]
        when: date

    class Struct(msgspec.Struct):  # type: ignore[misc,name-defined,unused-ignore]
        when: date

    for cls in (Model, Struct):
        assert default(cls(when=date(2024, 1, 2))) == {"when": "2024-01-02"}
    assert not isinstance(Model(when=date(2024, 1, 2)), Mapping)
