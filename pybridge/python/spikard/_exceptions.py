"""Exceptions that users raise and catch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = [
    "DependencyError",
    "GoError",
    "HTTPException",
    "MalformedBody",
    "Problem",
    "RequestValidationError",
]


class HTTPException(Exception):
    """Ends the request with this status, as an RFC 9457 problem document."""

    def __init__(
        self,
        status_code: int,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if isinstance(status_code, bool) or not isinstance(status_code, int):
            raise TypeError(f"status_code must be an int, not {type(status_code).__name__}")
        if not 300 <= status_code <= 599:
            raise ValueError(f"status_code must be from 300 to 599, not {status_code}")
        super().__init__(status_code, detail)
        self.status_code = status_code
        self.detail = detail
        self.headers = None if headers is None else dict(headers)

    def __str__(self) -> str:
        return f"{self.status_code}: {self.detail}" if self.detail else str(self.status_code)


class MalformedBody(HTTPException, ValueError):
    """A body that is not what it was read as. Uncaught, it is answered with 400."""


class RequestValidationError(HTTPException):
    """What the client sent was refused with 422; `errors` tells why, entry by entry.

    It is never raised in a handler: an exception handler for it, or for
    HTTPException, answers in place of the usual problem document.
    """

    def __init__(
        self,
        errors: Sequence[Mapping[str, Any]],
        detail: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(422, detail, headers)
        self.errors = list(errors)


class Problem(HTTPException):
    """An RFC 9457 problem document with members of its own.

    ```python
    raise Problem(409, "Only 2 are left", title="Out of stock", type="/problems/stock", left=2)
    ```

    Members are JSON; `type` is "about:blank" where it isn't given, `title` the
    status' text.
    """

    def __init__(
        self,
        status_code: int,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
        *,
        title: str | None = None,
        type: str | None = None,  # noqa: A002  # the document's own name
        **members: Any,
    ) -> None:
        super().__init__(status_code, detail, headers)
        self.title = title
        self.type = type
        self.members = members
        self.document()  # what is no JSON is refused where it is raised

    def document(self) -> str:
        """The document as JSON."""
        import json  # not for apps that raise none

        from spikard._runtime_answers import title_of

        members = {
            "type": self.type or "about:blank",
            "title": self.title or title_of(self.status_code),
            "status": self.status_code,
        }
        if self.detail:
            members["detail"] = self.detail
        return json.dumps({**members, **self.members}, ensure_ascii=False, separators=(",", ":"))


class GoError(RuntimeError):
    """A method of a Go value, or a provider in Go, failed; the text is Go's.

    Uncaught, it is to the Go program the error that it came from.
    """

    _go: object = None  # keeps the Go error; the engine sets it

    def __reduce__(self) -> tuple[Any, ...]:
        # The Go error stays in its process.
        return type(self), self.args


class DependencyError(LookupError):
    """A dependency that can't be supplied; the text tells which, the way to it, and why."""
