"""The request, as hooks and handlers see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

from spikard._datastructures import Headers, QueryParams
from spikard._unbuilt import refuse


class Request:
    """One request. Everything that has to be parsed is parsed at its first use.

    One `Request` is shared by the hooks, the factories and the handler of a
    request, and so is its `state`.
    """

    __slots__ = (
        "__weakref__",
        "_body",
        "_cookies",
        "_header_list",
        "_headers",
        "_json",
        "_query",
        "_state",
        "client",
        "host",
        "method",
        "path",
        "path_params",
        "raw_query",
        "scheme",
    )

    def __init__(
        self,
        method: str,
        path: str,
        raw_query: str,
        headers: list[str],
        client: str,
        scheme: str,
        host: str,
        path_params: dict[str, str],
        body: bytes,
    ) -> None:
        self.method = method
        self.path = path
        self.raw_query = raw_query
        self._header_list = headers
        self.client = client
        self.scheme = scheme
        self.host = host
        self.path_params = path_params
        self._body = body
        self._cookies: dict[str, str] | None = None
        self._headers: Headers | None = None
        self._json: tuple[Any] | None = None
        self._query: QueryParams | None = None
        self._state: SimpleNamespace | None = None

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path}>"

    @property
    def url(self) -> str:
        """The whole URL."""
        query = f"?{self.raw_query}" if self.raw_query else ""
        return f"{self.scheme}://{self.host}{self.path}{query}"

    @property
    def headers(self) -> Headers:
        """The header lines."""
        if self._headers is None:
            lines = self._header_list
            self._headers = Headers(zip(lines[::2], lines[1::2], strict=True))
        return self._headers

    @property
    def query_params(self) -> QueryParams:
        """The query, decoded."""
        if self._query is None:
            from urllib.parse import parse_qsl

            self._query = QueryParams(parse_qsl(self.raw_query, keep_blank_values=True))
        return self._query

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies; the last of several of one name."""
        if self._cookies is None:
            self._cookies = {}
            for line in self.headers.getlist("cookie"):
                self._cookies.update(_parse_cookies(line))
        return self._cookies

    @property
    def state(self) -> SimpleNamespace:
        """A place for values that hooks leave for those after them."""
        if self._state is None:
            self._state = SimpleNamespace()
        return self._state

    def body(self) -> bytes:
        """The body."""
        return self._body

    def text(self) -> str:
        """The body as text, in the charset that its content type names, or UTF-8."""
        return self._body.decode(_charset(self.headers.get("content-type", "")))

    def json(self) -> Any:
        """The body, read as JSON.

        Raises ValueError for a body that is none.
        """
        if self._json is None:
            import json

            self._json = (json.loads(self._body),)
        return self._json[0]

    def form(self) -> Any:
        """The body, read as a form."""
        refuse("Request.form")

    def stream(self) -> AsyncIterator[bytes]:
        """The body in parts."""
        refuse("Request.stream")

    def is_disconnected(self) -> bool:
        """Whether the client has gone."""
        refuse("Request.is_disconnected")


def _parse_cookies(line: str) -> dict[str, str]:
    out: dict[str, str] = {}
    for part in line.split(";"):
        name, separator, value = part.strip().partition("=")
        if separator:
            out[name.strip()] = _unquote(value.strip())
    return out


def _unquote(value: str) -> str:
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    from http.cookies import _unquote as unquote

    text: str = unquote(value)
    return text


def _charset(content_type: str) -> str:
    for part in content_type.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'") or "utf-8"
    return "utf-8"
