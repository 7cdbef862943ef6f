"""How a dependency is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

__all__ = ["Provide", "Scope"]

Scope = Literal["request", "singleton", "transient"]

SCOPES = ("request", "singleton", "transient")


class Provider:
    """What `Provide` says. Contradictions are reported when the app is loaded."""

    __slots__ = ("depends_on", "factory", "flags", "lazy", "scope")

    def __init__(
        self,
        factory: Any,
        scope: Scope | None = None,
        depends_on: Sequence[str] | None = None,
        *,
        use_cache: bool = True,
        singleton: bool = False,
        lazy: bool = False,
    ) -> None:
        self.factory = factory
        self.depends_on = depends_on
        self.lazy = lazy
        self.flags: dict[str, str] = {}
        if scope is not None:
            self.flags[f"scope={scope!r}"] = scope
        if singleton:
            self.flags["singleton=True"] = "singleton"
        if not use_cache:
            self.flags["use_cache=False"] = "transient"
        self.scope: str = next(iter(self.flags.values()), "request")

    def same(self, other: Provider) -> bool:
        """Whether both say the same."""
        return self._said() == other._said()

    def _said(self) -> tuple[Any, ...]:
        return self.factory, self.scope, self.lazy, tuple(self.depends_on or ())

    def fault(self) -> str | None:
        """What is wrong with the flags."""
        if self.scope not in SCOPES:
            return f"scope {self.scope!r} is none of {', '.join(SCOPES)}"
        if len(set(self.flags.values())) > 1:
            return f"{' and '.join(self.flags)} contradict each other"
        if self.lazy and self.scope != "singleton":
            return (
                "lazy=True is for singletons: what has the scope "
                f"{self.scope!r} is made when it is needed anyway"
            )
        if not callable(self.factory):
            return (
                f"Provide() needs something to call, not {self.factory!r}; "
                "a value is provided as it is: app.provide(key, value)"
            )
        return None


def Provide(
    factory: Callable[..., Any],
    *,
    scope: Scope | None = None,
    depends_on: Sequence[str] | None = None,
    use_cache: bool = True,
    singleton: bool = False,
    lazy: bool = False,
) -> Any:
    """Says how a dependency is made, for `app.provide` or for one parameter.

    `factory` is a class, a function, a coroutine function, a generator or an
    async generator; what a generator does after its `yield` is the clean-up.
    The scope is "request" where none is given; `singleton=True` is
    `scope="singleton"` and `use_cache=False` is `scope="transient"`. A
    singleton is made before the first request, with `lazy=True` when it is
    first needed. `depends_on` names the parameters that are supplied by their
    names.

    The factory's parameters are dependencies by their annotations. One with a
    default keeps it where nothing provides the dependency.

    The result is promised to be Any, so that it can be the default of a
    parameter of any type.
    """
    return Provider(factory, scope, depends_on, use_cache=use_cache, singleton=singleton, lazy=lazy)
