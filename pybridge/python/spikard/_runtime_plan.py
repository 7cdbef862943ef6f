"""A pybridge.Program, prepared for being run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spikard._manifest import MISSING, Bound, Factory

if TYPE_CHECKING:
    from spikard._runtime import App

_HOOK = 1  # pybridge.StepHook

RESPONSE_ARG = -1  # pybridge.ResponseArg

# (target, args, positional, keywords, singleton, coroutine, constant)
FastStep = tuple[Any, tuple[int, ...], int, "tuple[str, ...] | None", "int | None", bool, bool]


class Step:
    """One callable of a plan and the numbers of its arguments' values."""

    __slots__ = ("args", "bound", "hook", "keywords", "kind", "singleton", "target")

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
        self.singleton: int | None = number if description.get("singleton") else None
        if self.singleton in app.singletons:
            self.target, self.kind = app.singletons[number], "value"
            self.singleton = None

    def check(self, known: range) -> None:
        """Refuses arguments that don't fit the callable."""
        name = getattr(self.target, "__qualname__", repr(self.target))
        if self.kind != "value" and len(self.args) != len(self.bound.defaults):
            raise ValueError(
                f"{name} is given {len(self.args)} arguments and has "
                f"{len(self.bound.defaults)} parameters"
            )
        for arg in self.args:
            if arg not in known:
                raise ValueError(f"{name} is given value {arg}, which is not there yet")

    def call(self, values: list[Any], response: object = None) -> Any:
        """Calls the target: its value, coroutine or generator."""
        args = [response if i == RESPONSE_ARG else values[i] for i in self.args]
        n = self.bound.positional
        if not self.keywords:
            return self.target(*args)
        return self.target(*args[:n], **dict(zip(self.keywords, args[n:], strict=True)))

    def fast(self) -> FastStep:
        """The step as the C shim runs it."""
        constant = self.kind == "value"
        return (
            self.target,
            () if constant else self.args,
            self.bound.positional,
            self.keywords or None,
            self.singleton,
            self.kind == "coroutine",
            constant,
        )

    @property
    def suspends(self) -> bool:
        """Whether the step may need the event loop."""
        return self.kind in ("coroutine", "async_generator") and self.bound.suspends

    @property
    def generates(self) -> bool:
        """Whether the step has a clean-up."""
        return self.kind in ("generator", "async_generator")


class Plan:
    """The steps of a request, and the ways in which they can be run."""

    def __init__(self, app: App, description: dict[str, Any]) -> None:
        self.app = app
        self.name: str = description.get("name", "")
        self.status: int = description.get("status_code") or 200
        self.steps = [Step(app, d) for d in description.get("steps") or ()]
        handler = description.get("handler")
        self.handler = Step(app, handler) if handler else None
        self.on_response = [Step(app, d) for d in description.get("on_response") or ()]
        self.outputs: list[int] = description.get("outputs") or []
        self.inputs: list[dict[str, int]] = description.get("inputs") or []
        self._check(len(self.inputs))
        self._read_defaults(app, self.inputs)
        every = [*self.steps, *([self.handler] if self.handler else ()), *self.on_response]
        # Singletons are built before the server listens, by plans without a
        # handler: to a request they are values.
        made = [s for s in every if s.singleton is None or self.handler is None]
        self.suspends = any(s.suspends for s in made)
        self.is_async = any(s.kind in ("coroutine", "async_generator") for s in every)
        self.general = (
            self.handler is None
            or self.suspends
            or bool(self.on_response)
            or any(s.hook for s in every)
            or any(s.generates for s in made)
        )
        self.fast_steps = () if self.general else tuple(s.fast() for s in every)

    def _check(self, known: int) -> None:
        # The shim takes the numbers as they are.
        every = [*self.steps, *([self.handler] if self.handler else ())]
        for n, step in enumerate(every):
            step.check(range(known + n))
        values = known + len(self.steps)
        for step in self.on_response:
            step.check(range(RESPONSE_ARG, values))
        for number in self.outputs:
            if number not in range(values):
                raise ValueError(f"output {number}: there is no such value")

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


def _default(app: App, callable_index: int, param: int) -> object:
    if callable_index < 0:
        return MISSING
    return app.collected.callables[callable_index].defaults[param]
