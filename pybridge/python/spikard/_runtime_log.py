"""Python's logging goes to Go's log/slog."""

from __future__ import annotations

import contextvars
import json
import logging
from typing import Any

from _spikard import log, request_id

# Set for each call that runs on the event loop. A call that runs on its
# request's own thread has its id in the shim.
current_request_id: contextvars.ContextVar[str] = contextvars.ContextVar(
    "spikard_request_id", default=""
)

# The attributes that every record has; what else is there came through extra=.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class SlogHandler(logging.Handler):
    """Hands each record to Go, with the id of the request it was made in."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes the record. Failures are reported as logging does, not raised."""
        try:
            log(record.levelno, json.dumps(self._fields(record), default=str))
        except Exception:
            self.handleError(record)

    def _fields(self, record: logging.LogRecord) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "message": record.getMessage(),
            "logger": record.name,
            "file": record.pathname,
            "line": record.lineno,
            "request_id": current_request_id.get() or request_id(),
        }
        extra = {k: v for k, v in vars(record).items() if k not in _STANDARD}
        if extra:
            fields["extra"] = extra
        if record.exc_info and record.exc_info[0] is not None:
            formatter = self.formatter or logging.Formatter()
            fields["traceback"] = formatter.formatException(record.exc_info)
        return fields


_level = logging.WARNING  # of the root logger, as we have set it


def follow(level: int) -> None:
    """Has the root logger send what the logger of the last app takes, unless somebody
    else has set its level."""
    global _level
    root = logging.getLogger()
    if root.level == _level:
        root.setLevel(level)
        _level = level


def install(level: int) -> None:
    """Makes Go the root logger's handler. What is below level is not sent."""
    global _level
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h, SlogHandler)]:
        root.removeHandler(handler)
    root.addHandler(SlogHandler())
    root.setLevel(level)
    _level = level
    logging.captureWarnings(True)
