"""Answers that are not a handler's: Go's refusals, and those to failures.

Go makes the problem documents. What hooks see of them here is for reading and
changing; what they leave as it is stays Go's.
"""

from __future__ import annotations

import json
from typing import Any

from spikard._exceptions import HTTPException, Problem, RequestValidationError
from spikard._responses import JSON, Response

PROBLEM = "application/problem+json"

_BASE = "https://spikard.dev/errors/"
_REFUSED = 5  # pybridge.Refused

# The first gate that it closes, status, content type, header as name, value,
# ..., body, whether it is a problem document.
Refusal = tuple[int, int, str, "list[str]", bytes, bool]


class GivenAnswer(Response):
    """An answer that hooks may add to or change. Untouched, its body is Go's."""

    def __init__(self, content: Any, status: int, headers: Any, media_type: str | None) -> None:
        super().__init__(content, status, None, media_type)
        for name, value in headers:
            self.headers.append(name, value)
        self._given = (_frozen(content), status, media_type)

    @property
    def untouched(self) -> bool:
        """Whether nothing but the header was changed."""
        now = (_frozen(self.content), self.status_code, self.media_type)
        return now == self._given and "content-type" not in self.headers


class RefusalAnswer(GivenAnswer):
    """The answer of a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        _, status, media_type, lines, body, _ = refusal
        # The header is Go's too: it has it already, and adds what is here.
        super().__init__(_content(media_type, body), status, (), media_type or None)
        self._lines = list(zip(lines[::2], lines[1::2], strict=True))

    @property
    def _outcome(self) -> int:  # type: ignore[override]
        return _REFUSED if self.untouched else 0


class FailureAnswer(GivenAnswer):
    """The answer to an exception that nobody else has answered."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        status, detail, headers = 500, "The server could not answer the request", {}
        if isinstance(error, HTTPException):
            status, detail, headers = error.status_code, str(error.detail), error.headers or {}
        content: Any = {"type": _BASE + _slug(status), "title": title_of(status), "status": status}
        if detail:
            content["detail"] = detail
        if isinstance(error, Problem):
            content = json.loads(error.document())
        lines = [(str(k), str(v)) for k, v in headers.items()]
        super().__init__(content, status, lines, PROBLEM)


class UnansweredError(Exception):
    """An exception to be answered by Go, with the header that hooks have left."""

    def __init__(self, error: BaseException, lines: list[tuple[str, str]]) -> None:
        super().__init__(error)
        self.error = error
        self.lines = lines


def exception_of(refusal: Refusal) -> HTTPException | None:
    """A refusal as the exception that handlers may be registered for."""
    _, status, _, lines, body, is_problem = refusal
    if not is_problem:
        return None
    document = json.loads(body)
    detail, headers = document.get("detail", ""), dict(zip(lines[::2], lines[1::2], strict=True))
    if status == 422:
        return RequestValidationError(document.get("errors", ()), detail, headers)
    return HTTPException(status, detail, headers)


def _content(media_type: str, body: bytes) -> Any:
    if media_type in (JSON, PROBLEM) and body:
        return json.loads(body)
    return body


def _frozen(content: Any) -> Any:
    """A copy of what a hook might change in place."""
    return json.dumps(content, default=repr) if isinstance(content, (dict, list)) else content


def title_of(status: int) -> str:
    """The text of a status."""
    from http import HTTPStatus  # not for apps that never fail

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


def _slug(status: int) -> str:
    return title_of(status).lower().replace(" ", "-").replace("'", "")
