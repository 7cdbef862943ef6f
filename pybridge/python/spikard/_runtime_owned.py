"""What an app may not do to its event loop: it is Go's, which runs it as long as the app."""

from __future__ import annotations

import asyncio
import sys
from typing import Any, NoReturn

_SIGNALS = "signals are handled by the Go program; use on_shutdown to act before it stops"
_NESTED = (
    "and a step of it can't be taken inside another: await the coroutine, or run it with "
    "asyncio.run() in a plain `def` function"
)


class _Sealed(type):
    """A class that stays as it is: nest_asyncio would make its steps wait, and nest."""

    def __setattr__(cls, name: str, value: object) -> NoReturn:
        raise RuntimeError(
            f"{name} of the app's event loop can't be replaced: Go steps the loop, {_NESTED}"
        )


class OwnedLoop(asyncio.SelectorEventLoop, metaclass=_Sealed):
    """A selector loop that refuses what its owner does."""

    # Its own, whatever is put into the class that it comes from.
    _run_once = asyncio.SelectorEventLoop._run_once  # type: ignore[attr-defined]

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> NoReturn:  # type: ignore[override]
        """Refused: signals are handled by Go."""
        raise RuntimeError(_SIGNALS)

    def run_forever(self) -> NoReturn:
        """Refused: it runs already."""
        raise RuntimeError(f"the app's event loop runs already: Go steps it, {_NESTED}")

    def run_until_complete(self, future: Any) -> NoReturn:
        """Refused: it runs already."""
        if asyncio.iscoroutine(future):
            future.close()  # else Python warns that it was never awaited
        self.run_forever()

    def stop(self) -> NoReturn:
        """Refused: requests need it."""
        raise RuntimeError(
            "the app's event loop is Go's, and runs until the app is closed; to end the program, "
            "send it SIGTERM"
        )

    def close(self) -> None:
        """Refused to all but the engine, at the end of the app."""
        if self.is_running():
            self.stop()
        super().close()

    def _check_thread(self) -> None:
        # In debug mode. A coroutine function that can't suspend runs on its request's
        # thread, with the lock of the loop.
        if asyncio._get_running_loop() is not self:
            super()._check_thread()  # type: ignore[misc]


def check_asyncio() -> None:
    """Refuses an app that has put another loop, or another way to step it, into asyncio."""
    policy = getattr(asyncio.events, "_event_loop_policy", None)  # None: nobody has set one
    names = {cls.__module__.partition(".")[0] for cls in type(policy).__mro__}
    if "uvloop" in names:
        raise RuntimeError(
            "uvloop is the event loop policy: the app's event loop is Go's, so uvloop would not "
            "be used; leave out uvloop.install() and asyncio.set_event_loop_policy()"
        )
    step: Any = asyncio.SelectorEventLoop._run_once  # type: ignore[attr-defined]
    if step.__module__ != "asyncio.base_events":
        by = "nest_asyncio" if "nest_asyncio" in sys.modules else step.__module__
        raise RuntimeError(
            f"asyncio's event loops are patched, by {by}: Go steps the app's event loop, {_NESTED}"
        )
