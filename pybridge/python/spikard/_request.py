"""The request, as hooks and handlers see it."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from spikard._datastructures import Headers, QueryParams
from spikard._exceptions import HTTPException, MalformedBody
from spikard._uploads import FormData

if TYPE_CHECKING:
    from collections.abc import Generator

    from typing_extensions import Self

MAX_FIELDS = 1000

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class Request:
    """One request. Everything that has to be parsed is parsed at its first use.

    One `Request` is shared by the hooks, the factories and the handler of a
    request, and so is its `state`.
    """

    __slots__ = (
        "__weakref__",
        "_body",
        "_cookies",
        "_form",
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

    # The runtime's App, in the class that it makes requests of.
    _app: ClassVar[Any] = None

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
        body: bytes | None,
        state: dict[str, Any] | None = None,
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
        self._form: FormData | None = None
        self._headers: Headers | None = None
        self._json: tuple[Any] | None = None
        self._query: QueryParams | None = None
        self._state = None if state is None else SimpleNamespace(**state)

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
        """A place for values that hooks leave for those after them, and for the handler.

        What hooks in Go have set is there too.
        """
        if self._state is None:
            self._state = SimpleNamespace()
        return self._state

    def body(self) -> bytes:
        """The body."""
        if self._body is None:
            raise RuntimeError(
                "the route is registered with stream_body=True: read request.stream()"
            )
        return self._body

    def text(self) -> str:
        """The body as text, in the charset that its content type names, or UTF-8.

        Raises MalformedBody, which is a ValueError, where it is not such text.
        """
        charset = _charset(self.headers.get("content-type", ""))
        try:
            return self.body().decode(charset)
        except LookupError:
            raise HTTPException(415, f"Unsupported charset '{charset}'") from None
        except UnicodeDecodeError as exc:
            raise MalformedBody(400, "Invalid text encoding") from exc

    def json(self) -> Any:
        """The body, read as JSON.

        Raises MalformedBody, which is a ValueError, for a body that is none.
        """
        if self._json is None:
            try:
                self._json = (_parse_json(self.body()),)
            except (ValueError, RecursionError) as exc:
                raise MalformedBody(400, "Invalid request format") from exc
        return self._json[0]

    def form(self) -> FormData:
        """The body, read as a form.

        Raises MalformedBody, which is a ValueError, for a body that is none,
        and HTTPException for one of another content type.
        """
        if self._form is None:
            content_type = self.headers.get("content-type", "")
            try:
                self._form = FormData(_parse_form(self.body(), content_type))
            except ValueError as exc:
                raise MalformedBody(400, "Invalid form data") from exc
        return self._form

    def stream(self) -> BodyStream:
        """The body in parts, for `for` and for `async for`.

        On a route with `stream_body=True` these are the parts as they come in,
        each once; `for` blocks, and is for functions that are not `async`.
        """
        return BodyStream(self._body, self._channel() if self._body is None else None)

    def is_disconnected(self) -> Disconnected:
        """Whether the client has gone, or the server has given the request up.

        It can be awaited as well.
        """
        return Disconnected(self._channel().gone())

    def _channel(self) -> Any:
        """The way to the client. Each is a new one."""
        if self._app is None:
            raise RuntimeError("this request was not made by a server: it has no client")
        from spikard._runtime_channel import Channel

        return Channel(self._app)


class Disconnected(int):
    """A bool that can be awaited, for those who know `await request.is_disconnected()`."""

    def __await__(self) -> Generator[Any, None, bool]:
        yield from ()
        return bool(self)

    def __repr__(self) -> str:
        return repr(bool(self))


class BodyStream:
    """The parts of a body."""

    __slots__ = ("_body", "_channel", "_place")

    PART = 64 * 1024

    def __init__(self, body: bytes | None, channel: Any) -> None:
        self._body = body
        self._channel = channel  # where the body is not in memory
        self._place = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        if self._body is None:
            return self._received(self._channel.receive_blocking(), StopIteration)
        part = self._body[self._place : self._place + self.PART]
        if not part:
            raise StopIteration
        self._place += len(part)
        return part

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._body is None:
            return self._received(await self._channel.receive(), StopAsyncIteration)
        for part in self:
            return part
        raise StopAsyncIteration

    def _received(self, message: tuple[int, Any], end: type[Exception]) -> bytes:
        part: bytes | None = message[1]
        if part is None:
            self._body = b""  # and stays at its end
            raise end
        return part


def _parse_json(body: bytes) -> Any:
    """What typed bodies may hold, too: no NaN, no Infinity, no half of a surrogate pair."""
    import json

    value = json.loads(body.decode("utf-8-sig"), parse_constant=_no_number)
    if _SURROGATE.search(body):
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _parse_form(body: bytes, content_type: str) -> Any:
    media_type = content_type.partition(";")[0].strip().lower()
    if not body and not media_type:
        return ()
    if media_type == "multipart/form-data":
        from spikard._multipart import parse

        return parse(body, content_type)
    if media_type != "application/x-www-form-urlencoded":
        raise HTTPException(415, "Unsupported media type")
    from urllib.parse import parse_qsl

    return parse_qsl(
        body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
    )


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
