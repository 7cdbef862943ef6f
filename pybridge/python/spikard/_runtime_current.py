"""`asyncio.current_task()` in a coroutine function that can't suspend.

Such a function runs on its request's own thread, without a task. Libraries take
a current task for the sign that asyncio is there, and keep what belongs to a
request by it. So the first that asks gets a task, which stands for the call: it
ends behind it, as the loop's next step waits for the lock that the call holds.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any

# A copy of it in the context of a task or of a callback is never looked at: they
# run on the loop's thread.
_standing: contextvars.ContextVar[asyncio.Task[None] | None] = contextvars.ContextVar(
    "spikard_standing", default=None
)

_current_task = asyncio.current_task


def install() -> None:
    """Makes asyncio's own function know of such calls."""
    module: Any = asyncio
    module.current_task = module.tasks.current_task = current_task


def current_task(loop: asyncio.AbstractEventLoop | None = None) -> asyncio.Task[Any] | None:
    """Return a currently executed task."""
    task = _current_task(loop)
    if task is not None:
        return task
    running: Any = asyncio._get_running_loop()
    if (loop is not None and loop is not running) or not _is_inline(running):
        return None
    standing = _standing.get()
    if standing is None:
        standing = asyncio.Task(_call(), loop=running)
        _standing.set(standing)
    return standing


def _is_inline(loop: Any) -> bool:
    # Only the engine makes a loop the running one of a thread that is not its own.
    return getattr(loop, "_thread_id", None) not in (None, threading.get_ident())


async def _call() -> None:
    """Stands for the coroutine of the call."""
