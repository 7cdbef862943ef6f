"""Forms as multipart/form-data (RFC 7578), for Request.form.

Forms that a handler's parameters take are read by Go; this is for code that
reads the body itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser

from spikard._uploads import UploadFile

MAX_PARTS = 1000
MAX_HEADER = 16 * 1024

_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")  # RFC 2046, 5.1.1


def parse(body: bytes, content_type: str) -> Iterator[tuple[str, str | UploadFile]]:
    """The fields of a form, in order.

    Raises ValueError for a body that is none.
    """
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_boundary("")
    if not _BOUNDARY.fullmatch(boundary):
        raise ValueError("the content type has no usable boundary")
    for part in _parts(body, boundary.encode()):
        yield _field(part)


def _parts(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """Each part, from the line break behind its delimiter on."""
    # The line break ahead of a delimiter is the delimiter's, the one behind it
    # may be the next one's, too.
    delimiter = re.compile(rb"(?:\A|\r\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r\n|\Z)")
    start, count = -1, 0
    for match in delimiter.finditer(body):
        if start >= 0:
            yield body[start : match.start()]
        if match[1]:
            return
        start, count = match.end(), count + 1
        if count > MAX_PARTS:
            raise ValueError(f"the form has more than {MAX_PARTS} parts")
    raise ValueError("the last boundary is missing")


def _field(part: bytes) -> tuple[str, str | UploadFile]:
    head, separator, content = part.partition(b"\r\n\r\n")
    if not separator or len(head) > MAX_HEADER:
        raise ValueError("a part has no header, or one that is too large")
    header = HeaderParser().parsestr(head[2:].decode())
    name = header.get_param("name", header="content-disposition")
    if not isinstance(name, str) or header.get_content_disposition() != "form-data":
        raise ValueError("a part has no name")
    filename = header.get_filename()
    if filename is None:
        return name, _text(content, header.get_content_charset("utf-8"))
    return name, UploadFile(
        re.split(r"[\\/]", filename)[-1],  # RFC 7578, 4.2: folders say nothing here
        content,
        content_type=header.get("Content-Type"),
        headers=[(n, str(v)) for n, v in header.items()],
    )


def _text(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset)
    except LookupError:
        raise ValueError(f"a part has the unknown charset {charset!r}") from None
