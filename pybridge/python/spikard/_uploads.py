"""Uploaded files."""

from __future__ import annotations

from typing import IO

from spikard._datastructures import Headers
from spikard._unbuilt import refuse


class UploadFile:
    """One file of a form. Asking for one is refused when the app is loaded."""

    filename: str
    content_type: str
    size: int
    headers: Headers
    file: IO[bytes]

    def __init__(self) -> None:
        refuse("UploadFile")

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        refuse("UploadFile")

    async def aread(self, size: int = -1) -> bytes:
        """The next bytes, without blocking the event loop."""
        refuse("UploadFile")

    def seek(self, offset: int) -> int:
        """Goes to a place in the file."""
        refuse("UploadFile")
