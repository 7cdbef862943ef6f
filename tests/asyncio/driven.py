"""The engine's loop in the place of the stock one, driven as Go drives it.

A test starts and stops its loops by itself, and wants them on its own thread.
So `run_forever` is here what loop.go is in the engine: it steps the loop with
the engine's own `Loop.step`, which never waits, and between two steps waits
for the selector's descriptor, as long as the step has said.
"""

from __future__ import annotations

import asyncio
import contextvars
import select
import selectors
import sys
import threading
from asyncio import base_events, unix_events
from typing import Any

from spikard import _runtime_loop

STOCK = unix_events.SelectorEventLoop


class _App:
    """What the loop asks of an app."""

    context = contextvars.copy_context()


class DrivenLoop(_runtime_loop.GoLoop):
    """The engine's loop, which a test may start, stop and close."""

    def __init__(self, selector: Any = None) -> None:
        if not hasattr(selector, "fileno"):  # select and poll: Go has nothing to watch
            selector = selectors.DefaultSelector()
        super().__init__(selector)

    def run_forever(self) -> None:  # type: ignore[override]
        setup(self)
        try:
            drive(self)
        finally:
            cleanup(self)

    # The engine refuses these to an app, whose loop runs as long as it does.
    run_until_complete = STOCK.run_until_complete
    stop = STOCK.stop  # type: ignore[assignment]
    close = STOCK.close


def setup(loop: Any) -> None:
    """What `run_forever` of this Python does in front of its loop."""
    loop._check_closed()
    loop._check_running()
    loop._set_coroutine_origin_tracking(loop._debug)
    loop._old_hooks = sys.get_asyncgen_hooks()
    loop._thread_id = threading.get_ident()
    sys.set_asyncgen_hooks(
        firstiter=loop._asyncgen_firstiter_hook, finalizer=loop._asyncgen_finalizer_hook
    )
    asyncio._set_running_loop(loop)


def cleanup(loop: Any) -> None:
    """What `run_forever` of this Python does behind its loop."""
    if loop.__dict__.get("_old_hooks") is None:
        return
    loop._stopping = False
    loop._thread_id = None
    asyncio._set_running_loop(None)
    loop._set_coroutine_origin_tracking(False)
    sys.set_asyncgen_hooks(*loop._old_hooks)
    loop._old_hooks = None


def drive(loop: Any) -> None:
    """Steps the loop until it is stopped."""
    step = stepper(loop).step
    watch = select.poll()
    watch.register(loop._selector.fileno(), select.POLLIN)
    while True:
        wait = step()
        if loop._stopping:
            return
        if wait:
            watch.poll(None if wait < 0 else wait / 1e6)


def stepper(loop: Any) -> Any:
    """The engine's half of a loop, for one that is there already."""
    made, _runtime_loop.GoLoop = _runtime_loop.GoLoop, lambda: loop  # type: ignore[misc,assignment]
    try:
        return _runtime_loop.Loop(_App())  # type: ignore[arg-type]  # it is asked for no more
    finally:
        _runtime_loop.GoLoop = made  # type: ignore[misc]


def install(module_under_test: str) -> None:
    """Puts the loop wherever a test might take the stock one from."""
    for module in (asyncio, unix_events):
        for name in ("SelectorEventLoop", "_UnixSelectorEventLoop", "EventLoop"):
            if hasattr(module, name):
                setattr(module, name, DrivenLoop)
    if module_under_test in ("test_events", "test_streams"):
        # What they set up takes a watcher of children that needs a signal handler, which is
        # refused. Left to itself asyncio takes a pidfd or, as here, a thread.
        asyncio.SafeChildWatcher = unix_events.ThreadedChildWatcher  # type: ignore[assignment,misc]
    for name in ("_UnixDefaultEventLoopPolicy", "DefaultEventLoopPolicy"):
        policy = getattr(unix_events, name, None)
        if policy is not None:
            policy._loop_factory = DrivenLoop
    assert type(asyncio.new_event_loop()) is DrivenLoop
    assert issubclass(DrivenLoop, base_events.BaseEventLoop)
