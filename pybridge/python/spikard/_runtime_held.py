"""What a call leaves for Go to use and to end."""

from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spikard._runtime_stack import Stack


class Held:
    """The values of a plan without a handler, for Go to hold."""

    __slots__ = ("context", "stack", "values")

    def __init__(
        self, values: list[Any], stack: Stack, context: contextvars.Context | None
    ) -> None:
        self.values = values
        self.stack = stack
        self.context = context  # that the values were made in, if it is known

    @property
    def is_open(self) -> bool:
        """Whether there is clean-up to run."""
        return bool(self.stack)
