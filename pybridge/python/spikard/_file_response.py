"""Answers from files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from spikard._missing import MISSING
from spikard._responses import Response


class FileResponse(Response):
    """An answer whose body is a file, which Go sends without it passing through Python.

    Ranges and conditional requests are answered, by an ETag of the file's time
    and size. The media type is that of the name's ending unless one is given.
    With `filename` browsers offer to save the file under that name, or show it
    where `content_disposition_type` is "inline". A file that is not there is a
    404.
    """

    _outcome = 7  # pybridge.File

    def __init__(
        self,
        path: str | os.PathLike[str],
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        filename: str | None = None,
        content_disposition_type: str = "attachment",
        background: Any = None,
    ) -> None:
        super().__init__(MISSING, status_code, headers, media_type, background)
        self.path = os.fspath(path)
        if not isinstance(self.path, str):
            raise TypeError(f"path must be a str or a Path, not {type(path).__name__}")
        if content_disposition_type not in ("attachment", "inline"):
            raise ValueError(
                'content_disposition_type must be "attachment" or "inline", not '
                f"{content_disposition_type!r}"
            )
        if filename is not None and "content-disposition" not in self.headers:
            self.headers["content-disposition"] = _disposition(content_disposition_type, filename)

    def _raw(self, _: str | None, /) -> tuple[bytes | None, str | None]:
        return os.fsencode(os.path.abspath(self.path)), None


def _disposition(kind: str, filename: str) -> str:
    """RFC 6266: a name that is not plain ASCII goes in the form of RFC 8187."""
    plain = filename.isascii() and filename.isprintable() and not set(filename) & set('"\\%')
    if plain:
        return f'{kind}; filename="{filename}"'
    from urllib.parse import quote

    return f"{kind}; filename*=utf-8''{quote(filename, safe='')}"
