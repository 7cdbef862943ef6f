"""Handlers of streams and sessions, as the callables that the server calls."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from spikard import _classes
from spikard._exceptions import HTTPException
from spikard._keys import bare_type
from spikard._missing import MISSING
from spikard._request import Request
from spikard._responses import Response
from spikard._signature import EMPTY, Parameter, Signature
from spikard._streaming import EventStream
from spikard._websocket import CLOSE, WebSocket, WebSocketDisconnect

_SOCKET_NAMES = ("socket", "websocket", "ws")
_REQUEST = "_request"  # the wrapper's own parameter


class SessionOptions(NamedTuple):
    """What `@app.websocket` was given besides the path."""

    message_schema: Any
    subprotocols: Sequence[str]
    on_connect: Callable[..., Any] | None
    on_disconnect: Callable[..., Any] | None


class Parts(NamedTuple):
    """What the parameters of a session's handler are."""

    signature: Signature  # of the wrapper
    message: Parameter | None  # None: it is given the socket, and receives by itself
    socket: str | None


def events(handler: Callable[..., Any]) -> Callable[..., Any]:
    """What a route calls for a generator of events."""

    async def stream(*args: Any, **kwargs: Any) -> EventStream:
        return EventStream(handler(*args, **kwargs))

    return stream


def parts_of(signature: Signature, path_names: Sequence[str]) -> Parts:
    """Finds the message and the socket among a handler's parameters.

    The message is what is called so, or else the first one, unless the handler
    takes the socket.
    """
    parameters = signature.parameters
    socket = next((p for p in parameters if _is_socket(p)), None)
    message = next((p for p in parameters if p.name == "message"), None)
    if message is None and socket is None:
        message = next((p for p in parameters if p.name not in path_names), None)
    left = [p for p in parameters if p is not message and p is not socket]
    # By keyword, whatever their order is: the message comes later.
    taken = [
        Parameter(_REQUEST, Request, MISSING, False),
        *(p._replace(keyword=True) for p in left),
    ]
    named = None if socket is None else socket.name
    return Parts(Signature(taken, signature.variadic, EMPTY), message, named)


def session(
    handler: Callable[..., Any], parts: Parts, options: SessionOptions
) -> Callable[..., Any]:
    """What a route calls for one session."""

    async def run(_request: Request, **kwargs: Any) -> Response:
        socket = WebSocket(_request, _request._channel(), options.subprotocols)
        if parts.socket is not None:
            kwargs[parts.socket] = socket
        if parts.message is None:
            with contextlib.suppress(WebSocketDisconnect):  # as good an end as any
                await handler(**kwargs)
        else:
            name = parts.message.name
            await _serve(socket, options, lambda m: _called(handler, **{name: m}, **kwargs))
        if not socket.accepted:
            raise HTTPException(403, "The session was refused")
        return Response()

    return run


async def _serve(socket: WebSocket, options: SessionOptions, handle: Callable[[Any], Any]) -> None:
    """Calls the handler for each message, and sends what it gives."""
    if options.on_connect is not None:
        await _told(options.on_connect, socket)
    try:
        if not socket.accepted:
            await socket.accept()
        while not socket.closed:
            kind, message = await socket._channel.receive()
            if kind == CLOSE:
                socket._ended = WebSocketDisconnect(*message)
                break
            reply = await _replied(handle, message)
            if reply is not None:
                await socket.send(reply)
    except WebSocketDisconnect:
        pass
    finally:
        if options.on_disconnect is not None:
            await _told(options.on_disconnect, socket)


async def _replied(handle: Callable[[Any], Any], message: Any) -> Any:
    """A reply. An HTTPException that is the client's fault is told, and the session goes on."""
    try:
        return await handle(message)
    except HTTPException as exc:
        if exc.status_code >= 500:
            raise
        return {"type": "error", "message": str(exc.detail), "status": exc.status_code}


async def _told(hook: Callable[..., Any], socket: WebSocket) -> None:
    await (_called(hook, socket) if _takes_argument(hook) else _called(hook))


async def _called(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Calls a coroutine function here, and any other in a thread: it may block."""
    if inspect.iscoroutinefunction(function):
        return await function(*args, **kwargs)
    import asyncio

    return await asyncio.to_thread(function, *args, **kwargs)


def _takes_argument(hook: Callable[..., Any]) -> bool:
    kinds = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.VAR_POSITIONAL,
    )
    return any(p.kind in kinds for p in inspect.signature(hook).parameters.values())


def _is_socket(p: Parameter) -> bool:
    cls = None if p.annotation is EMPTY else _classes.class_of(bare_type(p.annotation))
    if cls is not None:
        return issubclass(cls, WebSocket)
    return p.annotation is EMPTY and p.name in _SOCKET_NAMES


def is_raw_message(message: Parameter) -> bool:
    """Whether messages are handed over as they come: the handler takes str or bytes."""
    return bare_type(message.annotation) in (str, bytes)
