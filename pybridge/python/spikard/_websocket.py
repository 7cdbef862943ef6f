"""WebSockets, as handlers see them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import SimpleNamespace

    from typing_extensions import Self

    from spikard._datastructures import Headers, QueryParams
    from spikard._request import Request

# pybridge.MessageKind
PART, TEXT, BINARY, VALUE, CLOSE, END = range(6)


class WebSocketDisconnect(Exception):  # noqa: N818  # the name that users know
    """The session is over.

    `code` is the client's close code: 1001 where a page was left or the server
    stops, 1005 where the client gave none, 1006 where the connection broke.
    """

    def __init__(self, code: int = 1000, reason: str = "") -> None:
        super().__init__(f"{code}: {reason}" if reason else str(code))
        self.code = code
        self.reason = reason


class WebSocket:
    """One session with a client.

    ```python
    @app.websocket("/echo")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        async for message in socket.iter():
            await socket.send(message)
    ```

    One task at a time may wait for a message; any number may send. What ends
    the session raises WebSocketDisconnect from both. The handler's return
    closes it with 1000, an exception with 1011, or with 1008 if it is an
    HTTPException below 500; ahead of `accept` these are answers of HTTP.
    """

    # There may be very many.
    __slots__ = (
        "__weakref__",
        "_channel",
        "_ended",
        "_known",
        "accepted",
        "request",
        "subprotocol",
    )

    def __init__(self, request: Request, channel: Any, subprotocols: Sequence[str] = ()) -> None:
        self.request = request
        self._channel = channel
        self._known = tuple(subprotocols)
        self._ended: WebSocketDisconnect | None = None
        self.accepted = False
        self.subprotocol: str | None = None

    def __repr__(self) -> str:
        return f"<WebSocket {self.path}>"

    @property
    def path(self) -> str:
        """The path that the client has asked for."""
        return self.request.path

    @property
    def url(self) -> str:
        """The whole URL, with http or https."""
        return self.request.url

    @property
    def headers(self) -> Headers:
        """The header lines of the handshake."""
        return self.request.headers

    @property
    def query_params(self) -> QueryParams:
        """The query, decoded."""
        return self.request.query_params

    @property
    def path_params(self) -> dict[str, str]:
        """The values of the path."""
        return self.request.path_params

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies of the handshake."""
        return self.request.cookies

    @property
    def client(self) -> str:
        """The client's address."""
        return self.request.client

    @property
    def state(self) -> SimpleNamespace:
        """The request's state: what hooks have left."""
        return self.request.state

    @property
    def subprotocols(self) -> list[str]:
        """What the client offers, the one it likes best first."""
        lines = self.headers.getlist("sec-websocket-protocol")
        return [p for line in lines for p in (q.strip() for q in line.split(",")) if p]

    @property
    def closed(self) -> bool:
        """Whether the session is known to be over."""
        return self._ended is not None

    async def accept(
        self, subprotocol: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Begins the session.

        Without a subprotocol it is the first of the route's `subprotocols` that
        the client offers. The first use of the socket accepts by itself.
        """
        if self.accepted:
            raise RuntimeError("the session was accepted before")
        if subprotocol is None:
            offered = self.subprotocols
            subprotocol = next((p for p in self._known if p in offered), None)
        lines = [*(headers or {}).items()]
        if subprotocol is not None:
            lines.append(("Sec-WebSocket-Protocol", subprotocol))
        self.accepted = True
        await self._channel.begin(101, "", lines)
        self.subprotocol = subprotocol

    async def receive(self) -> str | bytes:
        """The next message: str for text, bytes for binary."""
        _, value = await self._next()
        message: str | bytes = value
        return message

    async def receive_text(self) -> str:
        """The next message, which must be text: a binary one closes the session with 1003."""
        kind, value = await self._next()
        if kind == BINARY:
            await self._unsupported("text")
        text: str = value
        return text

    async def receive_bytes(self) -> bytes:
        """The next message, which must be binary: text closes the session with 1003."""
        kind, value = await self._next()
        if kind != BINARY:
            await self._unsupported("binary")
        data: bytes = value
        return data

    async def receive_json(self) -> Any:
        """The next message, read as JSON. Raises ValueError for one that is none."""
        import json

        return json.loads(await self.receive())

    async def send(self, message: Any) -> None:
        """Sends str as text, bytes as binary, and everything else as JSON.

        It waits as long as the client doesn't read.
        """
        await self._send(*outgoing(message))

    async def send_text(self, message: str) -> None:
        """Sends text."""
        if not isinstance(message, str):
            raise TypeError(f"send_text() takes str, not {type(message).__name__}")
        await self._send(TEXT, message)

    async def send_bytes(self, message: bytes | bytearray | memoryview) -> None:
        """Sends a binary message."""
        await self._send(BINARY, bytes(message))

    async def send_json(self, message: Any) -> None:
        """Sends a value as JSON, also a str."""
        await self._send(VALUE, message)

    def iter(self) -> AsyncIterator[str | bytes]:
        """The messages, to the end of the session."""
        return _Messages(self._next, _second)

    def iter_text(self) -> AsyncIterator[str]:
        """The messages, which must be text."""
        return _Messages(self.receive_text, _same)

    def iter_bytes(self) -> AsyncIterator[bytes]:
        """The messages, which must be binary."""
        return _Messages(self.receive_bytes, _same)

    def iter_json(self) -> AsyncIterator[Any]:
        """The messages, read as JSON."""
        return _Messages(self.receive_json, _same)

    def __aiter__(self) -> AsyncIterator[str | bytes]:
        return self.iter()

    def join(self, group: str) -> None:
        """Has the session get what is broadcast to a group, until it leaves or ends."""
        if not self.accepted:
            raise RuntimeError("accept the session before it joins a group")
        self._channel.join(group, True)

    def leave(self, group: str) -> None:
        """Ends what `join` began."""
        if self.accepted:
            self._channel.join(group, False)

    def broadcast(self, group: str, message: Any) -> int:
        """Sends a message to all others of a group: see `Spikard.broadcast`."""
        count: int = self._channel.broadcast(group, *outgoing(message))
        return count

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Ends the session. A second time does nothing.

        The code is one that an application may send (RFC 6455, section 7.4);
        the reason is at most 123 bytes.
        """
        if code not in _SENDABLE and not 3000 <= code <= 4999:
            raise ValueError(
                f"close code {code} can't be sent: it must be 1000, 1001, 1003, 1007 to 1014, or "
                "3000 to 4999"
            )
        text = reason.encode()
        if len(text) > 123:
            raise ValueError(f"the reason has {len(text)} bytes, and a close frame takes 123")
        if self._ended is not None:
            return
        if not self.accepted:
            from spikard._exceptions import HTTPException

            raise HTTPException(403, reason or "The session was refused")
        self._ended = WebSocketDisconnect(code, reason)
        await self._channel.send(CLOSE, code.to_bytes(2, "big") + text)

    async def _next(self) -> tuple[int, Any]:
        if not self.accepted:
            await self.accept()
        self._check_open()
        kind, value = await self._channel.receive()
        if kind == CLOSE:
            self._ended = WebSocketDisconnect(*value)
            raise self._ended
        return kind, value

    async def _send(self, kind: int, message: Any) -> None:
        if not self.accepted:
            await self.accept()
        self._check_open()
        code = await self._channel.send(kind, message)
        if code is not None:  # the session is over
            self._ended = WebSocketDisconnect(*code)
            raise self._ended

    def _check_open(self) -> None:
        if self._ended is not None:
            raise WebSocketDisconnect(self._ended.code, self._ended.reason)

    async def _unsupported(self, wanted: str) -> None:
        await self.close(1003, f"expected a {wanted} message")
        self._check_open()


_SENDABLE = frozenset({1000, 1001, 1003, *range(1007, 1015)})


def outgoing(message: Any) -> tuple[int, Any]:
    """The kind of a message, and what is sent: str as it is, bytes, and else JSON."""
    if isinstance(message, (bytes, bytearray, memoryview)):
        return BINARY, bytes(message)
    return TEXT, message


class _Messages:
    """What one of a socket's methods gives, to the end of the session."""

    __slots__ = ("_receive", "_take")

    def __init__(self, receive: Callable[[], Awaitable[Any]], take: Callable[[Any], Any]) -> None:
        self._receive = receive
        self._take = take

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        try:
            return self._take(await self._receive())
        except WebSocketDisconnect:
            raise StopAsyncIteration from None


def _second(pair: tuple[int, Any]) -> Any:
    return pair[1]


def _same(value: Any) -> Any:
    return value
