"""A pybridge.Program, prepared for being run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spikard._manifest import MISSING, Bound, Factory

if TYPE_CHECKING:
    from spikard._runtime import App

_HOOK, _GO = 1, 2  # pybridge.StepHook, StepGo

RESPONSE_ARG = -1  # pybridge.ResponseArg

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

    __slots__ = ("args", "bound", "hook", "keywords", "kind", "number", "target")

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
        self.hook: bool = description.get("kind", 0) == _HOOK
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

    def call(self, values: list[Any], response: object = None) -> Any:
        """Calls the target: its value, coroutine or generator."""
        args = [response if i == RESPONSE_ARG else values[i] for i in self.args]
        n = self.bound.positional
        if not self.keywords:
            return self.target(*args)
        return self.target(*args[:n], **dict(zip(self.keywords, args[n:], strict=True)))

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


AnyStep = Step | GoStep


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
        self.on_response = [Step(app, d) for d in description.get("on_response") or ()]
        self.outputs: list[int] = description.get("outputs") or []
        self.inputs: list[dict[str, int]] = description.get("inputs") or []
        self.size = self._number(len(self.inputs))  # of the values
        self._read_defaults(app, self.inputs)
        every = [*self.steps, *([self.handler] if self.handler else ()), *self.on_response]
        self.suspends = any(s.suspends for s in every)
        self.is_async = any(s.kind in ("coroutine", "async_generator") for s in every)
        self.general = (
            self.handler is None
            or self.suspends
            or bool(self.on_response)
            or any(s.hook or s.kind == "go" for s in every)
        )
        fast = () if self.general else tuple(s.fast() for s in every if isinstance(s, Step))
        self.fast_steps: tuple[FastStep, ...] = fast
        self.groups = _groups(self.steps, len(self.inputs))
        # Nothing to clean up, no hooks, one thing after the other.
        self.plain = (
            self.handler is not None
            and self.handler.kind == "coroutine"
            and not self.on_response
            and all(len(g) == 1 and _is_plain(g[0]) for g in self.groups)
        )

    def _number(self, known: int) -> int:
        # The shim takes the numbers as they are.
        for step in self.steps:
            step.check(range(known))
            step.number = known
            known += step.results
        if self.handler is not None:
            self.handler.check(range(known))
        for hook in self.on_response:
            hook.check(range(RESPONSE_ARG, known))
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
    if description.get("kind", 0) == _GO:
        return GoStep(description)
    return Step(app, description)


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
