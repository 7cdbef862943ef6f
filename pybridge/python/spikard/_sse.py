"""Server-sent events, as the HTML standard has them (section 9.2)."""

from __future__ import annotations

import re
from typing import Any

_LINES = re.compile(r"\r\n|\r|\n")


class SseEvent:
    """One event.

    `data` is a str, or a value that is written as JSON. `event_type` is what
    listeners are registered for ("message" without one), `id` is what a client
    that comes back sends as Last-Event-ID, and `retry` is how many milliseconds
    it waits before that.
    """

    __slots__ = ("data", "event_type", "id", "retry")

    def __init__(
        self,
        data: Any = "",
        event_type: str | None = None,
        id: str | int | None = None,  # noqa: A002  # the standard's name
        retry: int | None = None,
    ) -> None:
        if event_type is not None and _LINES.search(event_type):
            raise ValueError(f"event_type {event_type!r} must be one line")
        if id is not None and (_LINES.search(str(id)) or "\0" in str(id)):
            raise ValueError(f"id {id!r} must be one line without NUL")
        if retry is not None and (type(retry) is not int or retry < 0):
            raise ValueError(f"retry must be milliseconds, not {retry!r}")
        self.data = data
        self.event_type = event_type
        self.id = id
        self.retry = retry

    def __repr__(self) -> str:
        return f"SseEvent({self.data!r}, {self.event_type!r}, {self.id!r}, {self.retry!r})"


def encode(value: Any) -> bytes:
    """The bytes of an event: a SseEvent, or the data of one."""
    event = value if isinstance(value, SseEvent) else SseEvent(value)
    lines: list[str] = []
    if event.event_type is not None:
        lines.append(f"event: {event.event_type}")
    if event.id is not None:
        lines.append(f"id: {event.id}")
    if event.retry is not None:
        lines.append(f"retry: {event.retry}")
    lines += [f"data: {line}" for line in _LINES.split(_text(event.data))]
    return ("\n".join(lines) + "\n\n").encode()


def _text(data: Any) -> str:
    if isinstance(data, str):
        return data
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data).decode()
    import json

    from spikard._encode import default

    return json.dumps(data, default=default, ensure_ascii=False, separators=(",", ":"))
