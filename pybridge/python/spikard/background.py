"""Work that goes on beside requests.

```python
from spikard import background

@app.post("/orders")
async def order(order: Order) -> dict[str, str]:
    background.run(send_receipt, order)
    return {"status": "accepted"}
```
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from spikard._background import one
from spikard._beside import Task, runner

if TYPE_CHECKING:
    from spikard._background import Work

__all__ = ["Task", "run"]


def run(work: Coroutine[Any, Any, Any] | Callable[..., Any], /, *args: Any, **kwargs: Any) -> Task:
    """Starts work that neither the request's end nor a client that leaves ends.

    A coroutine, or what a coroutine function gives for the arguments, runs on
    the app's event loop; any other function runs in a worker thread, 32 of them
    at once. It has a copy of the caller's contextvars. What it raises is logged
    with the id of the request that it was started in.

    It may be called in handlers, hooks and tasks, and from any thread. Raises
    RuntimeError where no app is served and where the app is stopping: then a
    coroutine is closed.
    """
    if isinstance(work, Coroutine) and (args or kwargs):
        work.close()
        raise TypeError("background.run() takes arguments for a function, not for a coroutine")
    called: Work = one(work)
    return runner().run(called, args, kwargs, contextvars.copy_context())
