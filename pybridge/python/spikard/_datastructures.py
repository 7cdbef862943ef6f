"""Mappings of text in which a name may have several values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import TypeVar

V = TypeVar("V")

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NOT_IN_VALUES = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Headers(Mapping[str, str]):
    """Header lines, looked up without regard to case.

    `headers[name]` is the first of several lines.
    """

    def __init__(self, lines: Iterable[tuple[str, str]] = ()) -> None:
        self._lines = list(lines)

    def __getitem__(self, name: str) -> str:
        for line in self.getlist(name):
            return line
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(n.lower() for n, _ in self._lines))

    def __len__(self) -> int:
        return len({n.lower() for n, _ in self._lines})

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.getlist(name))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._lines!r})"

    def getlist(self, name: str) -> list[str]:
        """All values of a header, in order."""
        name = name.lower()
        return [v for n, v in self._lines if n.lower() == name]

    def multi_items(self) -> list[tuple[str, str]]:
        """Every line."""
        return list(self._lines)


class MutableHeaders(Headers, MutableMapping[str, str]):
    """The header lines of an answer."""

    def __init__(self, lines: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__()
        for name, value in lines:
            self.append(name, value)

    def __setitem__(self, name: str, value: str) -> None:
        line = _checked(name, value)
        if name in self:
            del self[name]
        self._lines.append(line)

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        self._lines = [(n, v) for n, v in self._lines if n.lower() != name.lower()]

    def append(self, name: str, value: str) -> None:
        """Adds a line and keeps those of the same name."""
        self._lines.append(_checked(name, value))


def _checked(name: object, value: object) -> tuple[str, str]:
    # A line break in a value would start a header of the client's choice.
    if not isinstance(name, str) or not isinstance(value, str):
        raise TypeError(f"header {name!r}: name and value must be str, not {value!r}")
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"header name {name!r} has characters that are not allowed")
    if _NOT_IN_VALUES.search(value):
        raise ValueError(f"header {name}: value {value!r} has control characters")
    return name, value


class MultiDict(Mapping[str, V]):
    """Pairs looked up by name; `pairs[name]` is the last of several."""

    def __init__(self, pairs: Iterable[tuple[str, V]] = ()) -> None:
        self._pairs = list(pairs)
        self._last = dict(self._pairs)

    def __getitem__(self, name: str) -> V:
        return self._last[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._last)

    def __len__(self) -> int:
        return len(self._last)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._pairs!r})"

    def getlist(self, name: str) -> list[V]:
        """All values of a name, in order."""
        return [v for n, v in self._pairs if n == name]

    def multi_items(self) -> list[tuple[str, V]]:
        """Every pair."""
        return list(self._pairs)


class QueryParams(MultiDict[str]):
    """Decoded parameters of a query."""
