"""A pybridge.Program, prepared for being run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from spikard._manifest import MISSING, Bound, Factory
from spikard._request import Request
from spikard._responses import Response

if TYPE_CHECKING:
    from spikard._runtime import App

_HOOK, _GO, _HANDLER, _GATE = range(1, 5)  # pybridge.StepHook and those after it

RESPONSE_ARG, ERROR_ARG = -1, -2  # pybridge.ResponseArg, ErrorArg

# How the C shim runs a step, by the callable's kind; program.c has the numbers.
_FAST_KINDS = {
    "function": 0,
    "class": 0,
    "value": 1,
    "coroutine": 2,
    "generator": 3,
    "async_generator": 4,
}

# (target, args, positional, keywords, kind)
FastStep = tuple[Any, tuple[int, ...], int, "tuple[str, ...] | None", int]


class Step:
    """One callable of a plan and the numbers of its arguments' values."""

    __slots__ = ("args", "blocks", "bound", "hook", "keywords", "kind", "number", "target")

    results = 1

    def __init__(self, app: App, description: dict[str, Any]) -> None:
        number: int = description["callable"]
        if number not in range(len(app.collected.callables)):
            raise ValueError(f"there is no callable {number}")
        self.bound: Bound = app.collected.callables[number]
        self.target = self.bound.target
        self.kind = self.bound.kind
        self.args: tuple[int, ...] = tuple(description.get("args") or ())
        self.keywords = self.bound.keywords
        kind = description.get("kind", 0)
        self.hook: bool = kind == _HOOK
        self.blocks = kind == _HANDLER and self.kind == "function"  # it may
        self.number = 0  # of its value

    @property
    def name(self) -> str:
        """The callable's name, for messages."""
        return getattr(self.target, "__qualname__", repr(self.target))

    def check(self, known: range) -> None:
        """Refuses arguments that don't fit the callable."""
        if self.kind != "value" and len(self.args) != len(self.bound.defaults):
            raise ValueError(
                f"{self.name} is given {len(self.args)} arguments and has "
                f"{len(self.bound.defaults)} parameters"
            )
        _check_args(self.name, self.args, known)

    def call(self, values: list[Any], subject: object = None) -> Any:
        """Calls the target: its value, coroutine or generator.

        The subject is the answer or the exception that a hook is about.
        """
        args = [values[i] if i >= 0 else subject for i in self.args]
        n = self.bound.positional
        if not self.keywords:
            return self.target(*args)
        return self.target(*args[:n], **dict(zip(self.keywords, args[n:], strict=True)))

    def check_said(self, value: object) -> None:
        """Refuses what a hook can't mean: nothing that it returns is ignored."""
        if value is None or isinstance(value, (Request, Response)):
            return
        raise TypeError(
            f"hook {self.name} returned {type(value).__name__}: a hook returns None to go on, "
            "the request or the answer that it was given, or a Response"
        )

    def fast(self) -> FastStep:
        """The step as the C shim runs it."""
        args = () if self.kind == "value" else self.args
        keywords = self.keywords or None
        return self.target, args, self.bound.positional, keywords, _FAST_KINDS[self.kind]

    @property
    def suspends(self) -> bool:
        """Whether the step may need the event loop."""
        return self.kind in ("coroutine", "async_generator") and self.bound.suspends


class GoStep:
    """A segment of providers that Go builds in the midst of a plan."""

    __slots__ = ("args", "number", "results", "segment")

    kind = "go"
    hook = suspends = False  # the loop need not wait for Go, but can

    def __init__(self, description: dict[str, Any]) -> None:
        self.segment: int = description["callable"]
        self.args: tuple[int, ...] = tuple(description.get("args") or ())
        self.results: int = description.get("results") or 0
        self.number = 0  # of its first value

    def check(self, known: range) -> None:
        """Refuses numbers that can't be."""
        name = f"segment {self.segment} of Go"
        if self.results < 0:
            raise ValueError(f"{name} has {self.results} results")
        _check_args(name, self.args, known)


class Gate:
    """Ends a plan with a refusal that closes this gate."""

    __slots__ = ("args", "number", "results")

    kind = "gate"
    hook, suspends = True, False  # nothing behind it may start before it

    def __init__(self, description: dict[str, Any]) -> None:
        self.number: int = description["callable"]
        self.args: tuple[int, ...] = ()
        self.results = 0

    def check(self, known: range) -> None:
        """It is given nothing."""


AnyStep = Step | GoStep | Gate

Attach = Callable[["tuple[str, str]"], None]


def _check_args(name: str, args: tuple[int, ...], known: range) -> None:
    for arg in args:
        if arg not in known:
            raise ValueError(f"{name} is given value {arg}, which is not there yet")


class Plan:
    """The steps of a request, and the ways in which they can be run."""

    def __init__(self, app: App, description: dict[str, Any]) -> None:
        self.app = app
        self.name: str = description.get("name", "")
        self.status: int = description.get("status_code") or 200
        self.steps: list[AnyStep] = [_step(app, d) for d in description.get("steps") or ()]
        handler = description.get("handler")
        self.handler = Step(app, handler) if handler else None
        self.on_response = _steps(app, description, "on_response")
        self.on_error = _steps(app, description, "on_error")
        self.error_handlers = _steps(app, description, "error_handlers")
        self.refusal: int = (description.get("refusal") or 0) - 1  # the number of its input
        self.trace, self.attach = _tracing(description)
        self.outputs: list[int] = description.get("outputs") or []
        self.inputs: list[dict[str, int]] = description.get("inputs") or []
        self.size = self._number(len(self.inputs))  # of the values
        self._read_defaults(app, self.inputs)
        self.rescues = bool(self.on_error or self.error_handlers or self.on_response)
        after = [*self.on_response, *self.on_error, *self.error_handlers]
        every = [*self.steps, *([self.handler] if self.handler else ()), *after]
        self.is_async = any(s.kind in ("coroutine", "async_generator") for s in every)
        on_loop = self.is_async and bool(description.get("on_loop"))
        # In debug mode the loop tells which of its steps were slow, so all are to be its.
        debug = app.loop is not None and app.loop.get_debug()
        # A job that blocks would do so under the loop's lock, where code that
        # can't suspend runs.
        blocks = any(isinstance(s, Step) and s.blocks for s in self.steps)
        apart = self.is_async and (debug or blocks)
        self.suspends = on_loop or apart or any(s.suspends for s in every)
        self.general = (
            self.handler is None
            or self.suspends
            or self.rescues
            or self.attach is not None
            or any(s.hook or s.kind == "go" for s in every)
        )
        self.makers = _makers(self.steps) if self.rescues else {}
        fast = () if self.general else tuple(s.fast() for s in every if isinstance(s, Step))
        self.fast_steps: tuple[FastStep, ...] = fast
        self.groups = _groups(self.steps, len(self.inputs))
        # Nothing to clean up, no hooks, one thing after the other.
        self.plain = (
            self.handler is not None
            and self.handler.kind == "coroutine"
            and not self.rescues
            and self.attach is None
            and all(len(g) == 1 and _is_plain(g[0]) for g in self.groups)
        )
        self.direct = self._direct()

    def _direct(self) -> Any:
        """The handler, where it is all there is and takes the inputs as they come; else None."""
        handler = self.handler
        if not self.plain or self.steps or handler is None or handler.keywords:
            return None
        return handler.target if handler.args == tuple(range(len(self.inputs))) else None

    def _number(self, known: int) -> int:
        # The shim takes the numbers as they are.
        inputs = known
        for step in self.steps:
            step.check(range(known))
            if not isinstance(step, Gate):
                step.number = known
            known += step.results
        if self.handler is not None:
            self.handler.check(range(known))
        for hook in [*self.on_response, *self.on_error, *self.error_handlers]:
            hook.check(range(ERROR_ARG, known))
        if self.refusal >= inputs:
            raise ValueError(f"refusal {self.refusal}: there is no such input")
        for number in self.outputs:
            if number not in range(known):
                raise ValueError(f"output {number}: there is no such value")
        return known

    def _read_defaults(self, app: App, inputs: Any) -> None:
        values: list[object] = []
        factories: list[Any] = []
        for described in inputs:
            value = _default(app, described["callable"], described["param"])
            factory = value.make if isinstance(value, Factory) else None
            values.append(None if factory or value is MISSING else value)
            factories.append(factory)
        self.defaults = tuple(values)
        self.factories = tuple(factories)


def _step(app: App, description: dict[str, Any]) -> AnyStep:
    kind = description.get("kind", 0)
    if kind == _GO:
        return GoStep(description)
    return Gate(description) if kind == _GATE else Step(app, description)


def _tracing(description: dict[str, Any]) -> tuple[int, Attach | None]:
    """The number of the trace context's input, and what makes it the current one."""
    if not description.get("trace"):
        return -1, None
    from spikard._runtime_trace import attach

    return description["trace"] - 1, attach()


def _steps(app: App, description: dict[str, Any], name: str) -> list[Step]:
    return [Step(app, d) for d in description.get(name) or ()]


def _makers(steps: list[AnyStep]) -> dict[int, Step | GoStep]:
    """The step that makes each value: hooks may need one that was not come to."""
    out: dict[int, Step | GoStep] = {}
    for step in steps:
        if not isinstance(step, Gate) and not step.hook:
            out |= dict.fromkeys(range(step.number, step.number + step.results), step)
    return out


def _groups(steps: list[AnyStep], inputs: int) -> list[list[AnyStep]]:
    """The steps in the order in which they run; those of a group run at once.

    A coroutine that may suspend takes along the later ones whose arguments are
    there as well, up to the next hook: what is behind one must not start
    before it has let the request pass. All others keep their places.
    """
    groups: list[list[AnyStep]] = []
    left = list(steps)
    known = set(range(inputs))
    while left:
        first = left[0]
        group = [first]
        if _can_wait(first):
            barrier = next((i for i, s in enumerate(left) if s.hook), len(left))
            group += [s for s in left[1:barrier] if _can_wait(s) and known.issuperset(s.args)]
        left = [s for s in left if s not in group]
        for step in group:
            if not isinstance(step, Gate):
                known.update(range(step.number, step.number + step.results))
        groups.append(group)
    return groups


def _can_wait(step: AnyStep) -> bool:
    return step.kind == "coroutine" and step.suspends and not step.hook


def _is_plain(step: AnyStep) -> bool:
    return not step.hook and step.kind in ("value", "function", "class", "coroutine")


def _default(app: App, callable_index: int, param: int) -> object:
    if callable_index < 0:
        return MISSING
    return app.collected.callables[callable_index].defaults[param]
