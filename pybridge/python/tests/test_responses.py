from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from spikard import (
    FileResponse,
    HTMLResponse,
    HTTPException,
    JSONResponse,
    PlainTextResponse,
    Problem,
    RedirectResponse,
    Response,
    StreamingResponse,
)

CASES: list[tuple[Response, int, str | None, bytes | None]] = [
    (Response(), 200, None, b""),
    (Response(status_code=404), 404, None, b""),
    (Response(None), 200, "application/json", None),
    (Response(None, 204), 204, None, b""),
    (Response({"a": 1}, 201), 201, "application/json", None),
    (Response("text"), 200, "application/json", None),
    (Response("é", media_type="text/csv"), 200, "text/csv; charset=utf-8", "é".encode()),
    (Response("{}", media_type="application/json"), 200, "application/json", b"{}"),
    (Response({}, media_type="application/hal+json"), 200, "application/hal+json", None),
    (Response("x", headers={"Content-Type": "text/x"}), 200, "text/x", b"x"),
    (Response(b"x"), 200, "application/octet-stream", b"x"),
    (Response(memoryview(b"x"), media_type="image/png"), 200, "image/png", b"x"),
    (JSONResponse("text"), 200, "application/json", None),
    (JSONResponse(None), 200, "application/json", None),
    (PlainTextResponse("x"), 200, "text/plain; charset=utf-8", b"x"),
    (HTMLResponse(b"<p>"), 200, "text/html; charset=utf-8", b"<p>"),
    (RedirectResponse("/x"), 307, None, b""),
]


@pytest.mark.parametrize(("response", "status", "content_type", "raw"), CASES)
def test_parts(
    response: Response, status: int, content_type: str | None, raw: bytes | None
) -> None:
    parts = response._parts()
    assert (parts[0], parts[1], parts[3]) == (status, content_type, raw)
    if raw is None:
        assert parts[4] is response.content
    assert all(name.lower() != "content-type" for name, _ in parts[2])


def test_redirects_keep_what_is_escaped() -> None:
    response = RedirectResponse("/a b/é?q=%20#x", 303)
    assert response._parts()[2] == [("location", "/a%20b/%C3%A9?q=%20#x")]
    with pytest.raises(ValueError, match="no redirect"):
        RedirectResponse("/", 200)


def test_headers_are_found_whatever_their_case() -> None:
    response = Response(headers={"X-One": "1"})
    response.headers["x-one"] = "2"
    response.headers.append("X-Two", "a")
    response.headers.append("x-two", "b")
    assert response.headers["X-ONE"] == "2"
    assert response.headers.getlist("X-Two") == ["a", "b"]
    assert response._parts()[2] == [("x-one", "2"), ("X-Two", "a"), ("x-two", "b")]
    del response.headers["X-two"]
    assert "x-two" not in response.headers
    with pytest.raises(KeyError):
        del response.headers["x-two"]


@pytest.mark.parametrize(
    ("name", "value"), [("x", "a\r\nb: c"), ("x\n", "a"), ("", "a"), ("a b", "c"), ("x", "\x00")]
)
def test_headers_that_would_split_the_answer(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="header"):
        Response(headers={name: value})


def cookies(response: Response) -> list[str]:
    return [v for n, v in response._parts()[2] if n == "set-cookie"]


def test_cookies() -> None:
    response = Response()
    response.set_cookie("a", "1")
    response.set_cookie("a", "2", max_age=0, domain="x.org", path=None, secure=True)
    response.set_cookie("b", "x y;", httponly=True, samesite="strict")
    response.set_cookie("c", expires=datetime(2030, 1, 2, tzinfo=timezone.utc))
    response.delete_cookie("d", path="/sub")
    assert cookies(response) == [
        "a=1; Path=/",
        "a=2; Domain=x.org; Max-Age=0; Secure",
        'b="x y\\073"; HttpOnly; Path=/; SameSite=strict',
        'c=""; expires=Wed, 02 Jan 2030 00:00:00 GMT; Path=/',
        'd=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/sub',
    ]


@pytest.mark.parametrize(
    "options", [{"path": "/; Secure"}, {"domain": "a\r\nb"}, {"samesite": "odd"}]
)
def test_cookie_attributes_are_checked(options: Any) -> None:
    with pytest.raises(ValueError, match="cookie a: "):
        Response().set_cookie("a", "b", **options)


def test_cookie_names_are_checked() -> None:
    with pytest.raises(ValueError, match="cookie"):
        Response().set_cookie("a b", "c")


@pytest.mark.parametrize("status", [99, 600, 100])
def test_status_is_checked(status: int) -> None:
    with pytest.raises(ValueError, match="status_code"):
        Response(status_code=status)
    with pytest.raises(TypeError, match="status_code"):
        Response(status_code="200")  # type: ignore[arg-type]


def test_http_exception() -> None:
    exc = HTTPException(404, "gone", {"x": "y"})
    assert (exc.status_code, exc.detail, exc.headers) == (404, "gone", {"x": "y"})
    assert str(exc) == "404: gone"
    assert HTTPException(500).detail == ""
    with pytest.raises(ValueError, match="from 300 to 599"):
        HTTPException(200)


def test_file_response_names_a_file() -> None:
    response = FileResponse(Path("a") / "ü.txt", 201, {"X-A": "b"}, filename='a"b.txt')
    status, media_type, lines, raw, _, outcome, _ = response._parts()
    assert (status, media_type, raw, outcome) == (
        201,
        None,
        os.fsencode(os.path.abspath("a/ü.txt")),
        7,
    )
    assert lines == [
        ("X-A", "b"),
        ("content-disposition", "attachment; filename*=utf-8''a%22b.txt"),
    ]
    assert FileResponse("x", filename="y.txt").headers["content-disposition"] == (
        'attachment; filename="y.txt"'
    )
    with pytest.raises(ValueError, match="content_disposition_type must be"):
        FileResponse("x", content_disposition_type="none")
    with pytest.raises(TypeError, match="path must be a str or a Path"):
        FileResponse(b"x")  # type: ignore[arg-type]


def test_streaming_response_takes_an_iterator() -> None:
    response = StreamingResponse(["a"], headers={"X-A": "b"}, media_type="text/plain")
    assert response._parts()[:4] == (200, "text/plain; charset=utf-8", [("X-A", "b")], b"")
    assert [response._part(v) for v in ("ü", b"a", bytearray(b"b"))] == ["ü".encode(), b"a", b"b"]
    with pytest.raises(TypeError, match="a part of an answer must be bytes or str, not int"):
        response._part(1)
    for wrong in ("text", b"bytes", 7):
        with pytest.raises(TypeError, match="StreamingResponse takes an iterator"):
            StreamingResponse(wrong)  # type: ignore[arg-type]


def test_problem_is_a_document() -> None:
    problem = Problem(409, "Only 2 are left", title="Out of stock", type="/problems/stock", left=2)
    assert json.loads(problem.document()) == {
        "type": "/problems/stock",
        "title": "Out of stock",
        "status": 409,
        "detail": "Only 2 are left",
        "left": 2,
    }
    assert json.loads(Problem(404).document()) == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
    }
    with pytest.raises(TypeError, match="not JSON serializable"):
        Problem(400, when=object())
