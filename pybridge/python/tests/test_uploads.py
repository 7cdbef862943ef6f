from __future__ import annotations

import asyncio
import gc
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from spikard import FormData, HTTPException, Request, UploadFile
from spikard._uploads import to_upload


def test_a_file_in_memory() -> None:
    upload = to_upload(("a.txt", "text/plain", 5, ["Content-Type", "text/plain"], b"hello"))
    assert (upload.filename, upload.content_type, upload.size) == ("a.txt", "text/plain", 5)
    assert upload.headers["content-type"] == "text/plain"
    assert upload.read(2) == b"he"
    assert upload.read() == b"llo"
    assert upload.seek(-1, 2) == 4
    assert asyncio.run(upload.aread()) == b"o"
    assert upload.seek(0) == 0
    assert list(upload.file) == [b"hello"]
    assert repr(upload) == "<UploadFile 'a.txt', 5 bytes>"
    with upload:
        pass
    with pytest.raises(ValueError, match="closed"):
        upload.read()


def test_a_file_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    path.write_bytes(b"hello")
    upload = to_upload(("a", "", 5, [], str(path)))
    path.unlink()  # as when the request ends
    assert upload.content_type is None
    assert upload.read(1) == b"h"
    assert asyncio.run(upload.aread(2)) == b"el"
    file = upload.file
    del upload
    assert file.read() == b"lo"  # the file lives as long as anyone has it
    del file
    gc.collect()  # a warning would be an error here


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        to_upload(("a", "", 5, [], str(tmp_path / "gone")))
    gc.collect()


def test_one_made_by_hand() -> None:
    assert UploadFile("x", b"abc").size == 3
    upload = UploadFile("x", BytesIO(b"abcd"), content_type="a/b", headers=[("A", "1")])
    assert (upload.size, upload.headers["a"], upload.read()) == (4, "1", b"abcd")


def request(body: bytes, content_type: str) -> Request:
    return Request("POST", "/", "", ["Content-Type", content_type], "", "", "", {}, body)


def test_a_form_in_the_url_encoding() -> None:
    made = request(b"a=1&b=x+y&a=%C3%A9&c=", "application/x-www-form-urlencoded; charset=utf-8")
    form = made.form()
    assert isinstance(form, FormData)
    assert (form["a"], form.get("z")) == ("é", None)
    assert form.getlist("a") == ["1", "é"]
    assert dict(form.items()) == {"a": "é", "b": "x y", "c": ""}
    assert len(form.multi_items()) == 4
    assert made.form() is form
    assert dict(Request("GET", "/", "", [], "", "", "", {}, b"").form()) == {}


MULTIPART = "multipart/form-data; boundary=xx"


def part(header: str, content: bytes, boundary: str = "xx") -> bytes:
    return f"--{boundary}\r\n{header}\r\n\r\n".encode() + content + b"\r\n"


def field(name: str, more: str = "") -> str:
    return f'Content-Disposition: form-data; name="{name}"{more}'


def test_a_form_of_parts() -> None:
    content = bytes(range(256)) + b"\r\n--xxx\r\n--x\n\r\r"
    body = (
        b"preamble\r\n"
        + part(field("a"), b"\xc3\xa9")
        + part(field("a") + "\r\nContent-Type: text/plain; charset=latin-1", b"\xe9")
        + part(
            field("f", '; filename="../a\\"\N{SNOWMAN}.eml"') + "\r\nContent-Type: message/rfc822",
            content,
        )
        + part(field("e", '; filename=""'), b"")
        + b"--xx-- \r\nepilogue"
    )
    form = request(body, MULTIPART).form()
    assert form.getlist("a") == ["é", "é"]
    upload, empty = form["f"], form["e"]
    assert isinstance(upload, UploadFile)
    assert isinstance(empty, UploadFile)
    assert (upload.filename, upload.content_type) == ('a"\N{SNOWMAN}.eml', "message/rfc822")
    assert (upload.read(), upload.size) == (content, len(content))
    assert (empty.filename, empty.content_type, empty.size) == ("", None, 0)


def test_a_form_without_parts() -> None:
    assert dict(request(b"--xx--", MULTIPART).form()) == {}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "multipart/form-data"),
        (b"--xx--", "multipart/form-data; boundary=" + "x" * 71),
        (b"--xx--", 'multipart/form-data; boundary="a\\"b"'),
        (b"", MULTIPART),
        (b"--xx", MULTIPART),
        (part(field("a"), b"b"), MULTIPART),
        (b"--xx\r\n--xx--", MULTIPART),
        (part("Content-Disposition: form-data", b"b") + b"--xx--", MULTIPART),
        (part('Content-Disposition: attachment; name="a"', b"b") + b"--xx--", MULTIPART),
        (part(field("a") + "\r\nX: " + "x" * 20_000, b"b") + b"--xx--", MULTIPART),
        (part(field("a"), b"\xff") + b"--xx--", MULTIPART),
        (part(field("a") + "\r\nContent-Type: text/plain; charset=x", b"a") + b"--xx--", MULTIPART),
        (part(field("a"), b"") * 1001 + b"--xx--", MULTIPART),
        (b"a=%FF", "application/x-www-form-urlencoded"),
        (b"a=\xff", "application/x-www-form-urlencoded"),
        (b"a&" * 1001, "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_form(body: bytes, content_type: str) -> None:
    with pytest.raises(ValueError, match="400: Invalid form data") as caught:
        request(body, content_type).form()
    assert isinstance(caught.value, HTTPException)


def test_a_form_of_another_type() -> None:
    with pytest.raises(HTTPException, match="415: Unsupported media type"):
        request(b"{}", "application/json").form()


def test_what_a_form_holds_is_what_was_sent() -> None:
    import random

    rng = random.Random(7)  # noqa: S311
    alphabet: list[Any] = [b"\r\n", b"--xx", b"-", b"\n", b"x", b"\x00", b"\xff"]
    for _ in range(300):
        contents = [
            b"".join(rng.choices(alphabet, k=rng.randrange(8))) for _ in range(rng.randrange(4))
        ]
        # What is a delimiter can't be content.
        contents = [c for c in contents if b"--xx" not in c.replace(b"--xxx", b"")]
        body = b"".join(part(field("f", '; filename="f"'), c) for c in contents) + b"--xx--\r\n"
        files: list[Any] = request(body, MULTIPART).form().getlist("f")
        assert [f.read() for f in files] == contents
