"""Answers that carry more than a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from spikard._background import accepted
from spikard._cookies import SameSite, cookie_line
from spikard._datastructures import MutableHeaders
from spikard._missing import MISSING

if TYPE_CHECKING:
    from datetime import datetime

JSON = "application/json"

# status, content type, header lines, raw body, content to write as JSON,
# pybridge.Outcome, background work or None
Parts = tuple[int, "str | None", "list[tuple[str, str]]", "bytes | None", object, int, object]


class Response:
    """An answer with a status, headers and cookies.

    The content is written as a handler's own result would be: bytes as they
    are, everything else as JSON. A str is written as it is when the answer
    names a media type. Without content the body is empty.
    """

    media_type: str | None = None
    _outcome = 0  # pybridge.Answered
    _background: Any = None

    def __init__(
        self,
        content: Any = MISSING,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        background: Any = None,
    ) -> None:
        if isinstance(status_code, bool) or not isinstance(status_code, int):
            raise TypeError(f"status_code must be an int, not {type(status_code).__name__}")
        if not 200 <= status_code <= 599:
            raise ValueError(f"status_code must be from 200 to 599, not {status_code}")
        self.content = content
        self.status_code = status_code
        self.headers = MutableHeaders((headers or {}).items())
        if media_type is not None:
            self.media_type = media_type
        if background is not None:
            self.background = background

    def set_cookie(
        self,
        key: str,
        value: str = "",
        max_age: int | None = None,
        expires: datetime | str | int | None = None,
        domain: str | None = None,
        path: str | None = "/",
        secure: bool = False,
        httponly: bool = False,
        samesite: SameSite | None = None,
    ) -> None:
        """Adds a cookie. Each call adds one, also for the same name."""
        line = cookie_line(
            key,
            value,
            max_age=max_age,
            expires=expires,
            domain=domain,
            path=path,
            secure=secure,
            httponly=httponly,
            samesite=samesite,
        )
        self.headers.append("set-cookie", line)

    def delete_cookie(
        self,
        key: str,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = False,
        samesite: SameSite | None = None,
    ) -> None:
        """Has the client forget a cookie. Path and domain must be those it was set with."""
        self.set_cookie(
            key, "", 0, "Thu, 01 Jan 1970 00:00:00 GMT", domain, path, secure, httponly, samesite
        )

    @property
    def background(self) -> Any:
        """What is run when the answer was sent: a coroutine, a function or a list of them.

        They run as those of `background.run` do, one after the other, also
        behind one that raises. Of an answer that isn't sent they are closed.
        """
        return self._background

    @background.setter
    def background(self, value: Any) -> None:
        self._background = accepted(value)

    def _parts(self) -> Parts:
        """What the engine sends."""
        lines = self.headers.multi_items()
        content_type = self.headers.get("content-type")
        if content_type is not None:
            lines = [(n, v) for n, v in lines if n.lower() != "content-type"]
        elif self.media_type is not None:
            content_type = _with_charset(self.media_type)
        raw, default_type = self._raw(content_type)
        media_type = content_type or default_type
        work = self._background or None  # an empty list is none
        return self.status_code, media_type, lines, raw, self.content, self._outcome, work

    def _raw(self, content_type: str | None, /) -> tuple[bytes | None, str | None]:
        """The body, None where it is JSON, and the content type that goes with it."""
        content = self.content
        if content is MISSING or (content is None and self.status_code in (204, 205, 304)):
            return b"", None
        if isinstance(content, (bytes, bytearray, memoryview)):
            return bytes(content), "application/octet-stream"
        if isinstance(content, str) and content_type is not None:
            return content.encode(), None
        return None, JSON


class JSONResponse(Response):
    """An answer whose content is always written as JSON."""

    media_type = JSON

    def _raw(self, content_type: str | None, /) -> tuple[bytes | None, str | None]:
        return (b"", None) if self.content is MISSING else (None, JSON)


class PlainTextResponse(Response):
    """An answer of text."""

    media_type = "text/plain"


class HTMLResponse(Response):
    """An answer of HTML."""

    media_type = "text/html"


class RedirectResponse(Response):
    """Sends the client to another URL."""

    def __init__(
        self,
        url: str,
        status_code: int = 307,
        headers: Mapping[str, str] | None = None,
        background: Any = None,
    ) -> None:
        if status_code not in (300, 301, 302, 303, 307, 308):
            raise ValueError(f"status_code {status_code} is no redirect")
        super().__init__(MISSING, status_code, headers, background=background)
        from urllib.parse import quote

        # What is escaped already stays as it is.
        self.headers["location"] = quote(url, safe=":/%#?=@[]!$&'()*+,;")


def _with_charset(media_type: str) -> str:
    if media_type.startswith("text/") and "charset=" not in media_type.lower():
        return f"{media_type}; charset=utf-8"
    return media_type
