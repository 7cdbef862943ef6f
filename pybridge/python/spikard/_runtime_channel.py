"""Talking with a request's client through Go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from _spikard import go_ask

from spikard._runtime_go import current_ticket

if TYPE_CHECKING:
    from spikard._runtime import App

_BEGIN, _SEND, _RECEIVE, _GONE, _JOIN, _CAST = range(6, 12)  # shim.AskKind


class Channel:
    """The way to the client of the call that makes it.

    It goes on to be that call's when code of others uses it. The methods that
    are coroutines are for the app's event loop, the others for all other
    threads.
    """

    __slots__ = ("_app", "_kept", "_receiving", "_ticket")

    def __init__(self, app: App) -> None:
        self._app = app
        self._ticket = current_ticket.get()
        self._receiving = False
        self._kept: Any = None  # came when nobody waited for it any more

    async def begin(self, status: int, content_type: str, lines: list[tuple[str, str]]) -> None:
        """Begins an answer in parts, or with 101 a session. Raises GoError."""
        head = {
            "status": status,
            "content_type": content_type,
            "header": [{"Name": name, "Value": value} for name, value in lines],
        }
        await self._ask(_BEGIN, 0, head)

    async def send(self, kind: int, data: Any) -> Any:
        """Sends a message and waits until it is on its way.

        Gives the code and the reason if a session is over. Raises GoError.
        """
        return await self._ask(_SEND, kind, data)

    async def receive(self) -> Any:
        """The next message: its kind and its value. Raises GoError.

        A message that comes when the waiting task has been cancelled is there
        for the next.
        """
        if self._kept is not None:
            kept, self._kept = self._kept, None
            return kept
        if self._receiving:
            raise RuntimeError("another task waits for a message of this client already")
        from spikard._runtime_await import Question  # asyncio is loaded where there is a loop

        # Not by _ask: sessions wait here for hours, and each coroutine has a frame.
        self._receiving = True
        question = Question(self._app)
        try:
            question.number = go_ask(self._app, _RECEIVE, self._ticket, 0, None, question)
            return await question
        except BaseException:
            self._kept = question.left()
            raise
        finally:
            self._receiving = False

    def receive_blocking(self) -> Any:
        """`receive` for threads."""
        return go_ask(self._app, _RECEIVE, self._ticket, 0, None, None)

    def gone(self) -> bool:
        """Whether the client has left, or the request was cancelled for another reason."""
        gone: bool = go_ask(self._app, _GONE, self._ticket, 0, None, None)
        return gone

    def join(self, group: str, member: bool) -> None:
        """Has a session join a group, or leave it. Raises GoError."""
        go_ask(self._app, _JOIN, self._ticket, int(member), group, None)

    def broadcast(self, group: str, kind: int, message: Any) -> int:
        """`broadcast` to all others."""
        return broadcast(self._app, group, kind, message, self._ticket)

    async def _ask(self, kind: int, number: int, payload: Any) -> Any:
        from spikard._runtime_await import Question  # asyncio is loaded where there is a loop

        question = Question(self._app)
        question.number = go_ask(self._app, kind, self._ticket, number, payload, question)
        return await question


def broadcast(app: App, group: str, kind: int, message: Any, ticket: int = 0) -> int:
    """Sends a message to the sessions of a group, but for that of the ticket; how many.

    It doesn't wait for them. Raises GoError.
    """
    count: int = go_ask(app, _CAST, ticket, kind, (group, message), None)
    return count
