"""Uploaded files, and the forms they come in."""

from __future__ import annotations

from collections.abc import Iterable
from io import BufferedReader, BytesIO, FileIO
from types import TracebackType
from typing import IO, TYPE_CHECKING

from spikard._datastructures import Headers, MultiDict

if TYPE_CHECKING:
    from typing_extensions import Self


class UploadFile:
    """One file of a form.

    `filename` is what the client calls it, without folders; `content_type` is
    what the client says it is, or None. Neither can be trusted. `file` is the
    content, open for reading: in memory, or from 1 MiB on (see
    `ServerConfig.max_file_memory`) on disk until the request ends.

    `read` and `seek` are plain functions, whatever the handler is: write
    `file.read()`, or `await file.aread()` in a coroutine that large files must
    not hold up.
    """

    def __init__(
        self,
        filename: str,
        file: IO[bytes] | bytes = b"",
        *,
        content_type: str | None = None,
        size: int | None = None,
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.filename = filename
        self.content_type = content_type
        self.file: IO[bytes] = BytesIO(file) if isinstance(file, bytes) else file
        self.size = _size(self.file) if size is None else size
        self.headers = Headers(headers)

    def __repr__(self) -> str:
        return f"<UploadFile {self.filename!r}, {self.size} bytes>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, size: int = -1) -> bytes:
        """The next bytes; all that are left where no size is given."""
        return self.file.read(size)

    async def aread(self, size: int = -1) -> bytes:
        """The next bytes, without blocking the event loop."""
        if isinstance(self.file, BytesIO):
            return self.file.read(size)
        from asyncio import to_thread  # loaded already: this runs on its loop

        return await to_thread(self.file.read, size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Goes to a place in the file and tells which."""
        return self.file.seek(offset, whence)

    def close(self) -> None:
        """Closes the file. Dropping it does so, too."""
        self.file.close()


class FormData(MultiDict[str | UploadFile]):
    """The fields of a form: texts and files."""


class FileOnDisk(BufferedReader):
    """A file that is closed with its last reference, without a warning.

    The file is the request's: nobody else is to be told to close it.
    """

    def __del__(self) -> None:
        self.close()


# The file's name, content type, size, header lines, and content or path.
Wire = tuple[str, str, int, list[str], "bytes | str"]


def to_upload(wire: Wire) -> UploadFile:
    """The file that Go describes (pybridge.TypeUpload)."""
    filename, content_type, size, lines, content = wire
    return UploadFile(
        filename,
        content if isinstance(content, bytes) else FileOnDisk(FileIO(content)),
        content_type=content_type or None,
        size=size,
        headers=zip(lines[::2], lines[1::2], strict=True),
    )


def _size(file: IO[bytes]) -> int:
    place = file.tell()
    size = file.seek(0, 2)
    file.seek(place)
    return size
