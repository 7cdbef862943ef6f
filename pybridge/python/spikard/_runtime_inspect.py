"""Tells Go what the interpreter is doing.

It looks and calls nothing of the app's: no `repr`, no lock. Whatever it finds
may be in the midst of something.
"""

from __future__ import annotations

import gc
import json
import sys
import threading
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

from spikard._runtime_log import current_request_id

_MAX_FRAMES = 200

# The event loops of the apps; filled by `_runtime_loop`.
loops: list[Any] = []


def inspect() -> str:
    """The threads but this one and the tasks, as JSON."""
    return json.dumps({"threads": [*_threads()], "tasks": [*_tasks()]})


def _threads() -> Iterator[dict[str, Any]]:
    names: dict[int, Any] = threading._active  # type: ignore[attr-defined]  # enumerate takes a lock
    own = threading.get_ident()
    for ident, frame in sys._current_frames().items():
        if ident == own:
            continue
        thread = names.get(ident)
        name = getattr(thread, "_name", "")
        yield {"id": ident, "name": _text(name), "stack": [*_frames(frame)]}


def _frames(frame: FrameType | None) -> Iterator[str]:
    for _ in range(_MAX_FRAMES):
        if frame is None:
            return
        yield _place(frame)
        frame = frame.f_back


def _place(frame: FrameType) -> str:
    code: CodeType = frame.f_code
    name = getattr(code, "co_qualname", code.co_name)  # 3.11
    return f"{code.co_filename}:{frame.f_lineno} in {name}"


def _tasks() -> Iterator[dict[str, Any]]:
    for loop in [*loops]:
        asyncio: Any = sys.modules["asyncio"]
        for task in asyncio.all_tasks(loop):
            waiter = task._fut_waiter
            yield {
                "name": _text(task.get_name()),
                "request_id": _request_id(task),
                "stack": [*_awaited(task.get_coro())],
                "waits_for": "" if waiter is None else _awaitable(waiter),
            }


def _request_id(task: Any) -> str:
    # Before 3.12 a task keeps its context to itself, but those of requests have
    # the id among their arguments.
    if hasattr(task, "get_context"):
        return _text(task.get_context().get(current_request_id, ""))
    frame = getattr(task.get_coro(), "cr_frame", None)
    if frame is None or frame.f_globals.get("__name__") != "spikard._runtime_loop":
        return ""
    return _text(frame.f_locals.get("request_id", ""))


def _awaited(awaited: Any) -> Iterator[str]:
    """The frames from a coroutine through what it awaits."""
    for _ in range(_MAX_FRAMES):
        for kind, follows in (("cr", "await"), ("gi", "yieldfrom"), ("ag", "await")):
            if hasattr(type(awaited), f"{kind}_frame"):
                if (frame := getattr(awaited, f"{kind}_frame")) is not None:
                    yield _place(frame)
                awaited = getattr(awaited, f"{kind}_{follows}")
                break
        else:
            awaited = _behind(awaited)
        if awaited is None:
            return


_WRAPPERS = ("coroutine_wrapper", "async_generator_asend", "async_generator_athrow")


def _behind(wrapper: Any) -> Any:
    """What an iterator of the interpreter's own stands for, which has no name for it."""
    if type(wrapper).__name__ not in _WRAPPERS:
        return None
    for referent in gc.get_referents(wrapper):
        if hasattr(type(referent), "ag_frame") or hasattr(type(referent), "cr_frame"):
            return referent
    return None


def _awaitable(waiter: Any) -> str:
    task_class: Any = sys.modules["asyncio"].Task
    if isinstance(waiter, task_class):
        return f"Task {_text(waiter.get_name())}"
    children = getattr(waiter, "_children", None)  # of asyncio.gather
    if type(children) is list:
        return "gather of " + ", ".join(_awaitable(child) for child in children)
    return type(waiter).__name__


def _text(value: object) -> str:
    return value if type(value) is str else ""
