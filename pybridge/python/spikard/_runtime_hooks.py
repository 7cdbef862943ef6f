"""What hooks and exception handlers make of answers and failures."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from spikard._exceptions import HTTPException
from spikard._missing import MISSING
from spikard._responses import Response
from spikard._runtime_answers import (
    FailureAnswer,
    Refusal,
    RefusalAnswer,
    UnansweredError,
    exception_of,
)

if TYPE_CHECKING:
    from spikard._runtime_exec import Call
    from spikard._runtime_plan import Step

_logger = logging.getLogger("spikard")


async def rescue(call: Call, error: Exception) -> Response:
    """The answer to an exception: an on_error hook's, an exception handler's, or Go's.

    What a hook raises is answered in its place, by the same handlers, but by no
    other hook.
    """
    try:
        for hook in call.plan.on_error:
            said = await _run(call, hook, error)
            if isinstance(said, Response):
                return _kept(call, error, said)
    except Exception as exc:
        error = exc
    try:
        response = await _handled(call, error)
    except Exception as exc:
        return FailureAnswer(exc)
    return FailureAnswer(error) if response is None else _kept(call, error, response)


async def refuse(call: Call, refusal: Refusal) -> Response:
    """The answer of a refusal: an exception handler's, or Go's own."""
    if call.plan.error_handlers and (error := exception_of(refusal)) is not None:
        response = await _handled(call, error)
        if response is not None:
            return _with_header(response, error)
    return RefusalAnswer(refusal)


def _with_header(response: Response, error: HTTPException) -> Response:
    """The answer with what a refusal has to say, as WWW-Authenticate, unless it says so itself."""
    for name, value in (error.headers or {}).items():
        if name.lower() not in response.headers:
            response.headers.append(name, value)
    return response


async def finish(call: Call, result: Any) -> Any:
    """The answer when the on_response hooks have seen it.

    Raises UnansweredError for a failure that is left to Go.
    """
    hooks = call.plan.on_response
    response: Any = result
    if hooks and not isinstance(result, Response):
        response = Response(result, call.plan.status)
    for hook in hooks:
        try:
            said = await _run(call, hook, response)
        except Exception as exc:
            # It is as if the handler had failed, where only the hooks before it are.
            response = await rescue(call, exc)
            break
        if isinstance(said, Response):
            response = said
    if isinstance(response, FailureAnswer) and response.untouched:
        raise UnansweredError(response.error, response.headers.multi_items()) from response.error
    if isinstance(result, FailureAnswer):
        _kept(call, result.error, response)
    return response


def _kept(call: Call, error: BaseException, response: Response) -> Response:
    """Notes a failure that is answered. One of the server's is logged: the answer hides it."""
    call.failure = error
    if response.status_code >= 500:
        _logger.error("request failed: %s", error, exc_info=error)
    return response


async def _handled(call: Call, error: Exception) -> Response | None:
    """What the exception handler for the closest class gives, or None without one."""
    handlers = call.plan.app.collected.error_handlers
    found = handlers.of(error)
    if found is None:
        return None
    value = await _run(call, call.plan.error_handlers[found], error)
    if isinstance(value, Response):
        return value
    status = error.status_code if isinstance(error, HTTPException) else 500
    return Response(value, status)


async def _run(call: Call, step: Step, subject: object) -> Any:
    for number in step.args:
        await _ensure(call, number)
    value = step.call(call.values, subject)
    if step.kind == "coroutine":
        value = await value
    if step.hook:
        step.check_said(value)
    return value


async def _ensure(call: Call, number: int) -> None:
    """Makes a value that the program has not come to, with all that it needs."""
    step = call.plan.makers.get(number)
    if step is None or call.values[number] is not MISSING:
        return
    for needed in step.args:
        await _ensure(call, needed)
    await call.make(step)
