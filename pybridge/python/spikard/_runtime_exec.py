"""Runs plans that the C shim does not run by itself.

`execute` is one coroutine for all of them. Where no step can suspend, the shim
takes it to its end on the request's own thread; else it is a task on the
app's loop.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any

from _spikard import answer

from spikard._generators import begin, begin_async
from spikard._missing import MISSING
from spikard._responses import Response
from spikard._runtime_answers import Refusal, UnansweredError
from spikard._runtime_held import Held
from spikard._runtime_hooks import finish, refuse, rescue
from spikard._runtime_plan import AnyStep, Gate, GoStep, Plan, Step
from spikard._runtime_stack import GoSegment, Stack, unwind
from spikard._runtime_stream import Stream, end_stream, pump


async def execute(
    plan: Plan,
    inputs: tuple[Any, ...],
    ticket: int,
    frame: int,
    context: contextvars.Context | None = None,
    unwinding: Callable[[], None] | None = None,
) -> Held | None:
    """Runs a plan: a `Held` without a handler, else None, and the frame has the answer.

    It is a `Stream` for an answer in parts which is still to be sent.

    The answer is written before the clean-up, which may close what its values
    are still read from. Where a clean-up fails, that is raised instead.
    `context` is the request's own; without it coroutines run one by one.
    `unwinding` is called when the clean-up begins.
    """
    call = Call(plan, inputs, ticket, context)
    failure: BaseException | None = None
    answered: BaseException | None = None
    lines: list[tuple[str, str]] = []
    try:
        result = await call.run()
        if result is None:
            return Held([call.values[i] for i in plan.outputs], call.stack, context)
        said = answer(frame, result[0])
        if said is True:
            return await _stream(call, result[0], unwinding)
        # What was answered in the place of a failure is still one to the clean-up.
        failure = answered = said or call.failure
    except UnansweredError as failed:
        failure, lines = failed.error, failed.lines
    except BaseException as exc:
        failure = exc
    raised = failure
    if unwinding is not None:
        unwinding()
    failure = await unwind(call.stack, failure)
    try:
        if failure is not answered:
            assert failure is not None
            raise UnansweredError(failure, lines) if lines and failure is raised else failure
    finally:
        # The traceback would hold the frame, and so itself.
        failure = answered = raised = call.failure = None
    return None


async def _stream(call: Call, response: Any, unwinding: Callable[[], None] | None) -> Stream | None:
    """Sends an answer in parts, or leaves that to Go.

    A task that has run the providers sends the parts as well: some that they
    open, as a TaskGroup, must be closed by the same task.
    """
    stream = Stream(response, call.stack, call.context)
    stream.answered = call.failure
    if not stream.is_async or not call.plan.suspends:
        return stream
    call.stack = []
    await pump(call.plan.app, stream, unwinding)
    return None


class Call:
    """One run of a plan."""

    __slots__ = ("context", "failure", "plan", "stack", "ticket", "values")

    def __init__(
        self,
        plan: Plan,
        inputs: tuple[Any, ...],
        ticket: int,
        context: contextvars.Context | None,
    ) -> None:
        self.plan = plan
        self.values: list[Any] = [*inputs, *[MISSING] * (plan.size - len(inputs))]
        self.stack: Stack = []
        self.ticket = ticket
        self.context = context
        self.failure: BaseException | None = None  # that was answered

    async def run(self) -> tuple[Any] | None:
        """The answer; None for a plan without a handler."""
        attach = self.plan.attach
        if attach is not None and (trace := self.values[self.plan.trace]) is not None:
            attach(trace)
        if not self.plan.rescues:
            return await self._to_answer()
        try:
            result = await self._to_answer()
        except Exception as exc:
            result = (await rescue(self, exc),)
        try:
            return None if result is None else (await finish(self, result[0]),)
        finally:
            result = None  # it may hold the exception, and so this frame

    async def _to_answer(self) -> tuple[Any] | None:
        result = await self._hooked()
        if result is None and (handler := self.plan.handler) is not None:
            result = (await self._handle(handler),)
        return result

    async def _hooked(self) -> tuple[Response] | None:
        """Runs the steps; the answer of a hook or of a gate that gave one."""
        for group in self.plan.groups:
            if len(group) > 1:
                await self._together(group)
                continue
            step = group[0]
            if isinstance(step, Gate):
                refusal: Refusal | None = self.values[self.plan.refusal]
                if refusal is not None and refusal[0] <= step.number:
                    return (await refuse(self, refusal),)
                continue
            await self.make(step)
            if step.hook and isinstance(said := self.values[step.number], Response):
                return (said,)
        return None

    async def make(self, step: Step | GoStep) -> None:
        """Puts what a step makes in its place."""
        if isinstance(step, GoStep):
            await self._build(step)
            return
        if step.kind == "value":
            self.values[step.number] = step.target
            return
        if step.blocks and self.plan.suspends:
            self.values[step.number] = await _in_thread(step, self.values)
            return
        value = step.call(self.values)
        if step.kind == "coroutine":
            value = await value
        elif step.kind in ("generator", "async_generator"):
            generator = value
            is_async = step.kind == "async_generator"
            value = await begin_async(generator) if is_async else begin(generator)
            self.stack.append(generator)
        if step.hook:
            step.check_said(value)
        self.values[step.number] = value

    async def _together(self, group: list[AnyStep]) -> None:
        if self.context is None:
            for step in group:
                assert isinstance(step, Step)
                self.values[step.number] = await step.call(self.values)
            return
        from spikard._runtime_together import Group  # asyncio is loaded where there is a loop

        await Group(self.values).run(group, self.context)

    async def _build(self, step: GoStep) -> None:
        segment = GoSegment(self.plan.app, self.ticket, step.segment, self.plan.suspends)
        built = await segment.build(tuple(self.values[i] for i in step.args))
        self.stack.append(segment)
        if len(built) != step.results:
            raise RuntimeError(
                f"go built {len(built)} values of segment {step.segment}, not {step.results}"
            )
        self.values[step.number : step.number + step.results] = built

    async def _handle(self, handler: Step) -> Any:
        if self.plan.suspends and handler.kind == "function":
            return await _in_thread(handler, self.values)
        value = handler.call(self.values)
        return await value if handler.kind == "coroutine" else value


async def _in_thread(step: Step, values: list[Any]) -> Any:
    # A plain function may block, which the loop must not.
    import asyncio  # loaded already: this runs on its loop

    context = contextvars.copy_context()
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, context.run, step.call, values)


async def close_held(held: Held, failure: BaseException | None) -> None:
    """Runs the clean-up of values that Go held, whose use ended with `failure`.

    Raises what a clean-up raised, which is not `failure` itself.
    """
    if isinstance(held, Stream):
        await end_stream(held, failure)
        return
    ended = await unwind(held.stack, failure)
    held.values.clear()
    try:
        if ended is not failure:
            assert ended is not None
            raise ended
    finally:
        ended = failure = None  # the traceback would hold the frame, and so itself
