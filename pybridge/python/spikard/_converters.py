"""From the wire form of a value to the value, where no class does it itself.

Go has checked the value already and writes it in its canonical form.
"""

from __future__ import annotations

import re
from datetime import timedelta

_NUMBER = r"(\d+(?:\.\d+)?)"
_DURATION = re.compile(
    rf"([+-]?)P(?:{_NUMBER}W)?(?:{_NUMBER}D)?"
    rf"(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?"
)
_UNITS = ("weeks", "days", "hours", "minutes", "seconds")


def to_timedelta(value: str | float) -> timedelta:
    """A duration from a number of seconds or from ISO 8601 text."""
    if not isinstance(value, str):
        return timedelta(seconds=value)
    match = _DURATION.fullmatch(value)
    if match is None:
        return timedelta(seconds=float(value))
    sign, *numbers = match.groups(default="0")
    duration = timedelta(**dict(zip(_UNITS, map(float, numbers), strict=True)))
    return -duration if sign == "-" else duration
