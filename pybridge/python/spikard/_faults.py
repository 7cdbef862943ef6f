"""The mistakes in an app's registrations, all of them."""

from __future__ import annotations

from typing import NamedTuple

from spikard._source import Source


class BindingError(ValueError):
    """A parameter or field that can't be supplied, and why."""


class Fault(NamedTuple):
    """A mistake in a registration."""

    message: str
    source: Source


class Faults:
    """Collects faults; `source` is the registration that is looked at."""

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self.source = Source("", 0)

    def add(self, message: str) -> None:
        """Notes what is wrong with the registration."""
        self.found.append(Fault(message, self.source))
