"""What stands for a value that was not given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

__all__ = ["MISSING", "Factory"]


class _Missing:
    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final[Any] = _Missing()


class Factory:
    """A default that is made anew for each call."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make

    def __repr__(self) -> str:
        return f"Factory({self.make!r})"


# A default of these types, shared between requests, would carry one request's
# changes into the next.
_MUTABLE = (list, dict, set)


def fresh(default: Any) -> Any:
    """The default as it can be handed to every call."""
    return Factory(default.copy) if type(default) in _MUTABLE else default
