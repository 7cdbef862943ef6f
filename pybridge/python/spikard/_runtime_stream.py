"""Answers in parts: how they are sent, and what ends behind them."""

from __future__ import annotations

import contextvars
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from spikard._runtime_held import Held
from spikard._runtime_stack import Stack, unwind

if TYPE_CHECKING:
    from spikard._runtime import App
    from spikard._runtime_channel import Channel
    from spikard._streaming import StreamingResponse

_PART, _END = 0, 5  # pybridge.MessagePart, MessageEnd


class Stream(Held):
    """An answer in parts, and the providers that are cleaned up behind it.

    Go asks for the parts of an iterator that isn't asynchronous one by one. For
    an asynchronous one there is a task, which sends them.
    """

    __slots__ = ("answered", "failure", "is_async", "iterator", "response")

    def __init__(
        self, response: StreamingResponse, stack: Stack, context: contextvars.Context | None
    ) -> None:
        super().__init__([], stack, context)
        self.response = response
        self.iterator, self.is_async = response._iterator()
        self.failure: BaseException | None = None  # of the iterator or of the sending
        self.answered: BaseException | None = None  # what the answer takes the place of


def streamed(response: StreamingResponse, generators: Stack) -> Stream:
    """The stream of a program that the shim has run."""
    return Stream(response, generators, None)


def next_part(stream: Stream) -> bytes | str:
    """The next part; behind the last one the trailers, as JSON or empty."""
    for value in stream.iterator:  # type: ignore[union-attr]  # it is no asynchronous one
        if part := stream.response._part(value):
            return part
    return _trailers(stream.response)


async def pump(app: App, stream: Stream, unwinding: Callable[[], None] | None) -> None:
    """Sends the parts of an asynchronous iterator, and ends what is behind them.

    Raises what the iterator, the sending or a clean-up raised.
    """
    from spikard import _runtime_channel  # asyncio is loaded where there is a loop

    channel = _runtime_channel.Channel(app)
    try:
        await _send(channel, stream)
    except BaseException as exc:
        stream.failure = exc
    if unwinding is not None:
        unwinding()
    await end_stream(stream, None)


async def _send(channel: Channel, stream: Stream) -> None:
    response = stream.response
    # What fails ahead of the first part can still be answered; but who waits for
    # events wants to know at once that they will come.
    begun = response._events
    if begun:
        await _begin(channel, response)
    async for value in stream.iterator:  # type: ignore[union-attr]  # it is one
        if part := response._part(value):
            if not begun:
                await _begin(channel, response)
                begun = True
            await channel.send(_PART, part)
    if not begun:
        await _begin(channel, response)
    await channel.send(_END, _trailers(response))


async def _begin(channel: Channel, response: StreamingResponse) -> None:
    status, content_type, lines, *_ = response._parts()
    await channel.begin(status, content_type or "", lines)


async def end_stream(stream: Stream, failure: BaseException | None) -> None:
    """Closes the iterator, and runs the clean-up behind it.

    `failure` is why the answer was not sent to its end; raises what it failed
    with otherwise.
    """
    told = stream.failure or failure or stream.answered
    try:
        await _close(stream)
    except BaseException as exc:
        told = stream.failure = exc
    ended = await unwind(stream.stack, told)
    try:
        if ended is not None and (ended is stream.failure or ended is not told):
            raise ended
    finally:
        # The traceback would hold the frame, and so itself.
        ended = told = failure = stream.failure = stream.answered = None


async def _close(stream: Stream) -> None:
    iterator: Any = stream.iterator
    if stream.is_async and hasattr(iterator, "aclose"):
        await iterator.aclose()
    elif not stream.is_async and hasattr(iterator, "close"):
        iterator.close()


def _trailers(response: StreamingResponse) -> str:
    return json.dumps(response.trailers) if response.trailers else ""
