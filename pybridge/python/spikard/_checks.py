"""Checks of settings: each gives what is wrong, or an empty text."""

from __future__ import annotations

from collections.abc import Sequence


def integer(name: str, value: object, low: int, high: int | None = None) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        return f"{name} must be an int, not {value!r}"
    if value < low or (high is not None and value > high):
        limit = f"at least {low}" if high is None else f"from {low} to {high}"
        return f"{name} must be {limit}, not {value}"
    return ""


def number(name: str, value: object, low: float, *, above: bool = False) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"{name} must be a number, not {value!r}"
    # The comparisons are such that they hold for NaN, too.
    if not (value > low if above else value >= low) or value == float("inf"):
        return f"{name} must be {'above' if above else 'at least'} {low}, not {value}"
    return ""


def flag(name: str, value: object) -> str:
    return "" if isinstance(value, bool) else f"{name} must be True or False, not {value!r}"


def text(name: str, value: object) -> str:
    return "" if isinstance(value, str) and value else f"{name} must be a text that is not empty"


def texts(name: str, value: object, *, allow_none: bool = False) -> str:
    """A str is itself a sequence of str, and never what was meant."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        return f"{name} must be a list of texts, not {value!r}"
    if not value and not allow_none:
        return f"{name} must not be empty"
    if not all(isinstance(v, str) and v for v in value):
        return f"{name} must hold texts that are not empty"
    return ""


def path(name: str, value: object) -> str:
    good = isinstance(value, str) and value.startswith("/")
    return "" if good else f'{name} must start with "/", not {value!r}'


def one_of(name: str, value: object, allowed: Sequence[str]) -> str:
    return "" if value in allowed else f"{name} must be one of {', '.join(allowed)}, not {value!r}"
