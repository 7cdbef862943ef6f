"""Answers that are sent in parts."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from typing import Any

from spikard._missing import MISSING
from spikard._responses import Response
from spikard._sse import encode

Part = bytes | str


class StreamingResponse(Response):
    """An answer sent in parts, as its iterator gives them: bytes, or str as UTF-8.

    ```python
    @app.get("/report")
    async def report() -> StreamingResponse:
        return StreamingResponse(rows(), media_type="text/csv")
    ```

    The answer begins with the first part: what fails before that is answered as
    any failure. The iterator is asked for the next part when the client has taken
    the one before it. One that is not asynchronous runs on a thread of its own, and may
    block. Request dependencies are cleaned up behind the last part; when the
    client has left, the iterator is closed, and an asynchronous one is
    cancelled where it waits. What the iterator puts into `trailers` before its
    end goes out behind the last part, to clients that take trailers.
    """

    _outcome = 6  # pybridge.Streamed
    _events = False

    def __init__(
        self,
        content: AsyncIterable[Part] | Iterable[Part],
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        background: Any = None,
    ) -> None:
        super().__init__(MISSING, status_code, headers, media_type, background)
        if isinstance(content, (str, bytes, bytearray, memoryview)):
            raise TypeError(
                f"StreamingResponse takes an iterator, not {type(content).__name__}: "
                "Response(content) sends a whole body"
            )
        if not isinstance(content, (AsyncIterable, Iterable)):
            raise TypeError(
                f"StreamingResponse takes an iterator of bytes or str, not {type(content).__name__}"
            )
        self.content = content
        self.trailers: dict[str, str] = {}

    def _raw(self, _: str | None, /) -> tuple[bytes | None, str | None]:
        return b"", None

    def _iterator(self) -> tuple[AsyncIterator[Any] | Iterator[Any], bool]:
        """The parts, and whether they come asynchronously."""
        if isinstance(self.content, AsyncIterable):
            return self.content.__aiter__(), True
        return iter(self.content), False

    def _part(self, value: Any) -> bytes:
        """What is sent for an iterator's value."""
        if isinstance(value, bytes):
            return value
        if isinstance(value, str):
            return value.encode()
        if isinstance(value, (bytearray, memoryview)):
            return bytes(value)
        raise TypeError(f"a part of an answer must be bytes or str, not {type(value).__name__}")


class EventStream(StreamingResponse):
    """An answer of server-sent events: see `Spikard.sse`."""

    _events = True

    def __init__(self, content: AsyncIterable[Any] | Iterable[Any]) -> None:
        super().__init__(content)
        self.headers["content-type"] = "text/event-stream"  # which is UTF-8 by itself
        self.headers["cache-control"] = "no-cache"
        self.headers["x-accel-buffering"] = "no"  # nginx would keep events back

    def _part(self, value: Any) -> bytes:
        return encode(value)
