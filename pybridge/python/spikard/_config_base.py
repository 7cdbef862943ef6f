"""What the settings classes have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar

from spikard import _checks as checks

__all__ = ["Config", "described"]


@dataclass(frozen=True)
class Config:
    """Checks itself after construction, and tells of its fields in a manifest."""

    # Fields that take one text instead of a list of it.
    _one_or_more: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        flags = [f.name for f in fields(self) if f.type == "bool"]
        faults = [*self._faults(), *(checks.flag(name, getattr(self, name)) for name in flags)]
        if found := [f for f in faults if f]:
            raise ValueError(f"{type(self).__name__}: " + "; ".join(found))

    def _faults(self) -> Sequence[str]:
        """What is wrong with the fields other than flags, and with them together."""
        return ()

    def _described(self) -> dict[str, Any]:
        """The fields that are not at their defaults."""
        out = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.default is MISSING or value != field.default:
                one = field.name in self._one_or_more and isinstance(value, str)
                out[field.name] = [value] if one else described(value)
        return out


def described(value: Any) -> Any:
    """A setting's value as JSON has it."""
    if isinstance(value, Config):
        return value._described()
    if isinstance(value, (Mapping, str)) or not isinstance(value, Sequence):
        return value
    return [described(v) for v in value]
