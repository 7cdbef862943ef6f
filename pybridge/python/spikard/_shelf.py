"""Values that are made once, and their clean-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spikard._generators import end, end_async

if TYPE_CHECKING:
    from asyncio import Lock


class Shelf:
    """Holds values by their keys. It belongs to one event loop."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.closed = False
        self._stack: list[Any] = []  # generators, in the order in which they began
        self._locks: dict[str, Lock] = {}

    def lock(self, key: str) -> Lock:
        """The lock that is held while the value for a key is made."""
        from asyncio import Lock  # it takes longer to import than all of this package

        return self._locks.setdefault(key, Lock())

    async def put(self, generator: Any) -> None:
        """Takes over a generator that has given its value.

        Raises RuntimeError, when it has been cleaned up, if the others have
        been already: a task that nobody waited for has made it.
        """
        if not self.closed:
            self._stack.append(generator)
            return
        await _end(generator, None)
        raise RuntimeError("the scope ended while a dependency was made: await what uses it")

    async def close(self, failure: BaseException | None) -> BaseException | None:
        """Cleans up in reverse; gives what a clean-up raised last, or else the failure.

        Whatever one raises, the others run, and it is the failure for them.
        """
        self.closed = True
        while self._stack:
            try:
                await _end(self._stack.pop(), failure)
            except BaseException as exc:  # noqa: BLE001  # the caller raises it
                failure = exc
        self.values.clear()
        return failure


async def _end(generator: Any, failure: BaseException | None) -> None:
    if hasattr(generator, "__anext__"):
        await end_async(generator, failure)
    else:
        end(generator, failure)
