"""Exceptions as data for Go."""

from __future__ import annotations

import logging
import os
import traceback
from types import TracebackType

from spikard._exceptions import GoError, HTTPException, Problem
from spikard._runtime_answers import UnansweredError

_PROBLEM, _RAISED = 1, 2  # pybridge.Outcome
_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_LIBRARIES = (
    os.path.dirname(os.path.abspath(os.__file__)) + os.sep,
    os.sep + "site-packages" + os.sep,
)

Description = tuple[int, int, str, str, str, str, str, int, list[tuple[str, str]], object]


def describe(exc: BaseException) -> Description:
    """(outcome, status, detail, type, message, traceback, file, line, headers, Go error)."""
    lines: list[tuple[str, str]] | None = None
    if isinstance(exc, UnansweredError):
        lines, exc = exc.lines, exc.error
    if isinstance(exc, HTTPException):
        headers = [(str(k), str(v)) for k, v in (exc.headers or {}).items()]
        headers = headers if lines is None else lines
        # Of a Problem the message is the whole document.
        document = exc.document() if isinstance(exc, Problem) else ""
        return (_PROBLEM, exc.status_code, str(exc.detail), "", document, "", "", 0, headers, None)
    name, message = qualified_name(type(exc)), message_of(exc)
    file, line = _place(exc)
    go = exc._go if isinstance(exc, GoError) else None
    return (_RAISED, 500, "", name, message, _traceback_text(exc), file, line, lines or [], go)


def message_of(exc: BaseException) -> str:
    """The text of an exception, also of one whose str() fails."""
    try:
        return str(exc)
    except Exception as broken:
        return f"<str() of the exception raised {qualified_name(type(broken))}>"


def qualified_name(cls: type) -> str:
    """module.qualname of a class, without the module of the builtin ones."""
    if cls.__module__ == "builtins":
        return cls.__qualname__
    return f"{cls.__module__}.{cls.__qualname__}"


def _traceback_text(exc: BaseException) -> str:
    """The traceback as Python prints it, without the engine's own frames."""
    try:
        tb = exc.__traceback__
        while tb is not None and tb.tb_frame.f_code.co_filename.startswith(_HERE):
            tb = tb.tb_next
        # A runaway recursion has thousands of frames: 50 tell enough.
        return "".join(traceback.format_exception(type(exc), exc, tb, limit=-50))
    except Exception:
        return ""


def _place(exc: BaseException) -> tuple[str, int]:
    """The innermost place in the app's own code."""
    if isinstance(exc, SyntaxError) and exc.filename and exc.lineno:
        return exc.filename, exc.lineno
    own, last = ("", 0), ("", 0)
    tb: TracebackType | None = exc.__traceback__
    while tb is not None:
        file = tb.tb_frame.f_code.co_filename
        if not file.startswith((_HERE, "<frozen ")):
            last = (file, tb.tb_lineno)
            if not any(lib in file for lib in _LIBRARIES) and not file.startswith("<"):
                own = last
        tb = tb.tb_next
    return own if own[0] else last


def report(exc: BaseException, what: str) -> None:
    """Logs an exception that has no request to be answered with."""
    logging.getLogger("spikard").error("%s: %s", what, exc, exc_info=exc)
