from __future__ import annotations

import asyncio

import pytest

from spikard import HTTPException, Request


def make(query: str = "", headers: list[str] | None = None, body: bytes = b"") -> Request:
    return Request(
        "GET", "/a%20b", query, headers or [], "10.0.0.1", "https", "x.org", {"id": "1"}, body
    )


def test_plain_parts() -> None:
    request = make("q=1")
    assert (request.method, request.path, request.client) == ("GET", "/a%20b", "10.0.0.1")
    assert request.path_params == {"id": "1"}
    assert request.url == "https://x.org/a%20b?q=1"
    assert repr(request) == "<Request GET /a%20b>"
    assert make().url == "https://x.org/a%20b"


def test_query() -> None:
    query = make("a=1&b=x+y&a=%C3%A9&c=").query_params
    assert query["a"] == "é"
    assert query.getlist("a") == ["1", "é"]
    assert dict(query) == {"a": "é", "b": "x y", "c": ""}
    assert len(query.multi_items()) == 4


def test_headers_and_cookies() -> None:
    request = make(headers=["Accept", "a", "accept", "b", "Cookie", 'x=1; y="2 \\"3"; z; x=4'])
    assert request.headers["ACCEPT"] == "a"
    assert request.headers.getlist("accept") == ["a", "b"]
    assert list(request.headers) == ["accept", "cookie"]
    assert request.cookies == {"x": "4", "y": '2 "3'}
    assert request.headers is request.headers


def test_body() -> None:
    request = make(body=b'{"a": "\xc3\xa9"}')
    assert request.body() == b'{"a": "\xc3\xa9"}'
    assert request.json() == {"a": "é"}
    assert request.json() is request.json()
    assert request.text() == '{"a": "é"}'


@pytest.mark.parametrize(
    "body",
    [
        b"x",
        b"",
        b"NaN",
        b'{"a": [-Infinity]}',
        b'"\xff"',
        b'"\\ud800"',
        b"[" * 100_000,
        b"1" * 5000,
    ],
)
def test_a_body_that_is_no_json(body: bytes) -> None:
    with pytest.raises(ValueError, match="400: Invalid request format") as caught:
        make(body=body).json()
    assert isinstance(caught.value, HTTPException)
    assert caught.value.status_code == 400


def test_json_of_all_kinds() -> None:
    assert make(body=b'\xef\xbb\xbf["\\ud83d\\ude00", 1e400]').json() == [
        "\U0001f600",
        float("inf"),
    ]


def test_charset() -> None:
    request = make(headers=["Content-Type", 'text/plain; charset="latin-1"'], body=b"\xe9")
    assert request.text() == "é"


def test_state_is_kept() -> None:
    request = make()
    request.state.user = 1
    assert request.state.user == 1


def test_text_in_no_or_another_charset() -> None:
    with pytest.raises(HTTPException, match="400: Invalid text encoding"):
        make(body=b"\xff").text()
    with pytest.raises(HTTPException, match="415: Unsupported charset 'klingon'"):
        make(headers=["Content-Type", "text/plain; charset=klingon"], body=b"x").text()


def test_stream() -> None:
    body = bytes(range(256)) * 600
    request = make(body=body)
    parts = list(request.stream())
    assert [len(p) for p in parts] == [65536, 65536, 22528]

    async def read() -> list[bytes]:
        return [part async for part in request.stream()]

    assert asyncio.run(read()) == parts
    assert b"".join(parts) == body
    assert list(make().stream()) == []


def test_a_client_is_a_servers() -> None:
    with pytest.raises(RuntimeError, match="not made by a server: it has no client"):
        make().is_disconnected()


def test_a_body_that_is_streamed_is_not_there() -> None:
    request = Request("POST", "/", "", [], "", "http", "h", {}, None)
    for read in (request.body, request.json, request.text, request.form):
        with pytest.raises(RuntimeError, match=r"stream_body=True: read request.stream\(\)"):
            read()
