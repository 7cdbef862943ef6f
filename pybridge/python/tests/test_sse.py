"""The text of server-sent events."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from spikard import SseEvent
from spikard._sse import encode


@dataclass
class Tick:
    price: float


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "data: plain\n\n"),
        ("", "data: \n\n"),
        ("two\nlines\r\nand\rmore", "data: two\ndata: lines\ndata: and\ndata: more\n\n"),
        ({"a": "\u00fc"}, 'data: {"a":"\u00fc"}\n\n'),
        ([1, None], "data: [1,null]\n\n"),
        (Tick(1.5), 'data: {"price":1.5}\n\n'),
        (b"bytes", "data: bytes\n\n"),
        (SseEvent("x", "kind", 7, 100), "event: kind\nid: 7\nretry: 100\ndata: x\n\n"),
        (SseEvent({"n": 1}, id="a"), 'id: a\ndata: {"n":1}\n\n'),
    ],
)
def test_encode(value: Any, text: str) -> None:
    assert encode(value).decode() == text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"event_type": "a\nb"}, "event_type 'a\\nb' must be one line"),
        ({"id": "a\rb"}, "id 'a\\rb' must be one line without NUL"),
        ({"id": "a\0"}, "id 'a\\x00' must be one line without NUL"),
        ({"retry": -1}, "retry must be milliseconds, not -1"),
        ({"retry": True}, "retry must be milliseconds, not True"),
    ],
)
def test_what_an_event_cannot_be(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        SseEvent("", **fields)


def test_repr() -> None:
    assert repr(SseEvent("a", id=1)) == "SseEvent('a', None, 1, None)"
