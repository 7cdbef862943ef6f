"""What a request has opened, and its clean-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spikard import _runtime_go
from spikard._generators import end, end_async

if TYPE_CHECKING:
    from spikard._runtime import App

# Generators, asynchronous ones and `GoSegment`s, in the order in which they
# were opened.
Stack = list[Any]


class GoSegment:
    """A segment that Go has built.

    It holds the arguments, which Go may use until the clean-up is over.
    """

    __slots__ = ("app", "args", "segment", "ticket", "waits")

    def __init__(self, app: App, ticket: int, segment: int, waits: bool) -> None:
        self.app = app
        self.ticket = ticket
        self.segment = segment
        self.waits = waits  # on the event loop
        self.args: tuple[Any, ...] = ()

    async def build(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The values of the segment."""
        self.args = args
        if self.waits:
            return await _runtime_go.build_async(self.app, self.ticket, self.segment, args)
        return _runtime_go.build(self.app, self.ticket, self.segment, args)

    async def close(self, failure: BaseException | None) -> None:
        """Runs the clean-up."""
        if self.waits:
            await _runtime_go.close_async(self.app, self.ticket, self.segment, failure)
        else:
            _runtime_go.close(self.app, self.ticket, self.segment, failure)


async def unwind(stack: Stack, failure: BaseException | None) -> BaseException | None:
    """Cleans up in reverse; gives what the request failed with.

    Whatever a clean-up raises, the others run, and what it raises is the
    failure for them. One that swallows the failure does not undo it.
    """
    while stack:
        opened = stack.pop()
        try:
            if isinstance(opened, GoSegment):
                await opened.close(failure)
            elif hasattr(opened, "__anext__"):
                await end_async(opened, failure)
            else:
                end(opened, failure)
        except BaseException as exc:
            if exc is not failure:
                failure = exc
    try:
        return failure
    finally:
        failure = None  # the traceback may hold the frame, and so itself
