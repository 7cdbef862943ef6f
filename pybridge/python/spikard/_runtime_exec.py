"""Runs plans that the C shim does not run by itself.

`execute` is one coroutine for all of them. Where no step can suspend, the shim
takes it to its end on the request's own thread; else it is a task on the
app's loop.
"""

from __future__ import annotations

import contextvars
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from spikard._responses import Response

if TYPE_CHECKING:
    from spikard._runtime import App
    from spikard._runtime_plan import Plan, Step

Stack = list[Any]


class Held:
    """The values of a plan without a handler, for Go to hold."""

    __slots__ = ("stack", "values")

    def __init__(self, values: list[Any], stack: Stack) -> None:
        self.values = values
        self.stack = stack

    @property
    def is_open(self) -> bool:
        """Whether there is clean-up to run."""
        return bool(self.stack)


async def execute(plan: Plan, inputs: tuple[Any, ...]) -> Any:
    """Runs the steps in order: the answer, or a `Held` without a handler."""
    values: list[Any] = list(inputs)
    stack: Stack = []
    failure: BaseException | None = None
    result: Any = None
    try:
        result = await _run_steps(plan, values, stack)
        if plan.handler is None:
            return Held([values[i] for i in plan.outputs], stack)
        if plan.on_response:
            result = await _run_on_response(plan, values, result)
    except BaseException as exc:
        failure = exc
    failure = await _unwind(stack, failure)
    if failure is not None:
        try:
            raise failure
        finally:
            failure = None  # the traceback would hold the frame, and so itself
    return result


async def _run_steps(plan: Plan, values: list[Any], stack: Stack) -> Any:
    for step in plan.steps:
        value = await _value(plan, step, values, stack)
        if step.hook and isinstance(value, Response):
            return value
        values.append(value)
    handler = plan.handler
    if handler is None:
        return None
    if plan.suspends and handler.kind == "function":
        return await _in_thread(handler, values)
    value = handler.call(values)
    return await value if handler.kind == "coroutine" else value


async def _in_thread(step: Step, values: list[Any]) -> Any:
    # A plain function may block, which the loop must not.
    import asyncio  # loaded already: this runs on its loop

    context = contextvars.copy_context()
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, context.run, step.call, values)


async def _run_on_response(plan: Plan, values: list[Any], result: Any) -> Any:
    response = result if isinstance(result, Response) else Response(result, plan.status)
    for step in plan.on_response:
        value = step.call(values, response)
        if step.kind == "coroutine":
            value = await value
        if isinstance(value, Response):
            response = value
    return response


async def _value(plan: Plan, step: Step, values: list[Any], stack: Stack) -> Any:
    if step.singleton is not None:
        return await _singleton(plan.app, step, values)
    return await _make(step, values, stack)


async def _make(step: Step, values: list[Any], stack: Stack) -> Any:
    kind = step.kind
    if kind == "value":
        return step.target
    value = step.call(values)
    if kind == "coroutine":
        return await value
    if kind == "generator":
        try:
            first = next(value)
        except StopIteration:
            raise _never_yielded(value) from None
        stack.append(value)
        return first
    if kind == "async_generator":
        try:
            first = await value.__anext__()
        except StopAsyncIteration:
            raise _never_yielded(value) from None
        stack.append(value)
        return first
    return value


def _never_yielded(generator: Any) -> RuntimeError:
    return RuntimeError(f"provider {generator.__qualname__} ended without a yield")


async def _singleton(app: App, step: Step, values: list[Any]) -> Any:
    """Builds a singleton at its first use, once."""
    number = step.singleton
    assert number is not None
    if number not in app.singletons:
        if step.suspends:
            async with app.loop_lock():
                if number not in app.singletons:
                    app.singletons[number] = await _make(step, values, app.closers)
        else:
            with app.lock:
                if number not in app.singletons:
                    app.singletons[number] = await _make(step, values, app.closers)
    return app.singletons[number]


async def _unwind(stack: Stack, failure: BaseException | None) -> BaseException | None:
    """Ends the generators in reverse; gives what the request failed with."""
    while stack:
        generator = stack.pop()
        try:
            if hasattr(generator, "__anext__"):
                await _end_async(generator, failure)
            else:
                _end(generator, failure)
        except BaseException as exc:
            if exc is not failure:
                failure = exc
    return failure


def _end(generator: Any, failure: BaseException | None) -> None:
    try:
        if failure is None:
            next(generator)
        else:
            generator.throw(failure)
    except StopIteration:
        return
    generator.close()
    raise RuntimeError(f"provider {generator.__qualname__} yielded more than once")


async def _end_async(generator: Any, failure: BaseException | None) -> None:
    try:
        if failure is None:
            await generator.__anext__()
        else:
            await generator.athrow(failure)
    except StopAsyncIteration:
        return
    await generator.aclose()
    raise RuntimeError(f"provider {generator.__qualname__} yielded more than once")


async def close_held(held: Held) -> None:
    """Runs the clean-up of values that Go held."""
    failure = await _unwind(held.stack, None)
    held.values.clear()
    if failure is not None:
        raise failure


async def close_singletons(app: App) -> None:
    """Runs the clean-up of the app's singletons, in reverse."""
    failure = await _unwind(app.closers, None)
    if failure is not None:
        raise failure


def run_inline(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Takes a coroutine that does not suspend to its end."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    raise RuntimeError("a coroutine without a suspension point suspended")
