"""Dependencies that stand in for others, in one context only.

An override is known to the code that runs inside of its `with`, and to the
tasks that this code starts: not to other threads, nor to tasks that were
running before. So tests that run side by side don't see each other's.
"""

from __future__ import annotations

from contextvars import ContextVar
from inspect import ismethod, isroutine
from typing import TYPE_CHECKING, NamedTuple

from spikard._keys import key_or_none

if TYPE_CHECKING:
    from types import TracebackType

    from spikard._app import Provision, Spikard

_active: ContextVar[tuple[Override, ...]] = ContextVar("spikard_overrides", default=())


class Override:
    """One use of app.override, as a context manager."""

    def __init__(self, app: Spikard, provision: Provision) -> None:
        self.app = app
        self.provision = provision

    def __enter__(self) -> None:
        _active.set((*_active.get(), self))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Not by a token: a fixture may end in another context than it began in.
        _active.set(tuple(o for o in _active.get() if o is not self))


class Effective(NamedTuple):
    """The provisions of an app as they hold in a context."""

    provisions: tuple[Provision, ...]
    overrides: tuple[Override, ...]  # those of the app, outermost first

    def registered(self) -> list[Provision]:
        """The provisions of types and names.

        An override of a function is one of what parameters have it make.
        """
        factories = [o.provision for o in self.overrides if isroutine(o.provision.key)]
        return [p for p in self.provisions if not any(p is f for f in factories)]

    def stand_in(self, factory: object) -> Provision | None:
        """What overrides a factory that a parameter names itself."""
        found = (o.provision for o in reversed(self.overrides))
        return next((p for p in found if _same(p.key, factory)), None)


def effective(app: Spikard) -> Effective:
    """What an app provides here and now: the innermost override of a key holds."""
    overrides = tuple(o for o in _active.get() if o.app is app)
    wanted = {key_or_none(o.provision.key): o.provision for o in overrides}
    kept = (p for p in app._provisions if key_or_none(p.key) not in wanted)
    return Effective((*kept, *wanted.values()), overrides)


def _same(key: object, factory: object) -> bool:
    # Each look-up of a method makes another object.
    return key is factory or (ismethod(key) and key == factory)
