"""What a manifest names by an index or a key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from spikard._faults import BindingError
from spikard._kinds import Described


class Tables:
    """The classes and converters that the annotations of an app name."""

    def __init__(self) -> None:
        self.table: dict[str, Described] = {}  # the classes by their keys
        self.classes: list[type] = []
        self.converters: list[Callable[[Any], Any] | None] = [None]

    def add(self, cls: type) -> int:
        """Adds a class and gives its index."""
        self.classes.append(cls)
        return len(self.classes) - 1

    def converter(self, convert: Callable[[Any], Any]) -> int:
        """The index of a converter."""
        if convert not in self.converters:
            self.converters.append(convert)
        return self.converters.index(convert)

    @contextmanager
    def undone_on_fault(self) -> Iterator[None]:
        """Takes the classes that were added out again where one of them is refused."""
        keys, classes = len(self.table), len(self.classes)
        try:
            yield
        except BindingError:
            for key in list(self.table)[keys:]:
                del self.table[key]
            del self.classes[classes:]
            raise

    def holds_file(self, described: Described) -> bool:
        """Whether a value of the type may have a file in it."""
        return self._holds_file(described, set())

    def _holds_file(self, described: Described, seen: set[str]) -> bool:
        ref = described.get("ref", "")
        items = described.get("items", ())
        if described["kind"] == "class" and ref not in seen:
            seen.add(ref)
            items = [f["type"] for f in self.table[ref]["fields"]]
        return described["kind"] == "upload" or any(self._holds_file(i, seen) for i in items)
