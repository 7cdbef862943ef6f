"""Checks of settings: each gives what is wrong, or an empty text.

They accept what Go's do; tests/golden/config/cases.json is put to both. What is
secret is never part of a message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

Check = Callable[[str, Any], str]

_MAX_SECONDS = 1e9  # far from where Go's durations overflow

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_ORIGIN = re.compile(r"\*|null|[A-Za-z][A-Za-z0-9+.-]*://[^/\s,?#@]+")
_DOMAIN = re.compile(r"\.?[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*")
_HEADER = re.compile(r"[\x20-\x7e]*")

# Of a route. Each thread has a stack, and each call that waits a connection.
MOST_THREADS = 4096
MOST_WAITING = 1_000_000


def integer(name: str, value: object, low: int, high: int | None = None) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        return f"{name} must be an int, not {value!r}"
    if value < low or (high is not None and value > high):
        limit = f"at least {low}" if high is None else f"from {low} to {high}"
        return f"{name} must be {limit}, not {value}"
    return ""


def number(
    name: str, value: object, low: float, high: float | None = None, *, above: bool = False
) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"{name} must be a number, not {value!r}"
    # The comparisons are such that they hold for NaN, too.
    if not (value > low if above else value >= low) or value == float("inf"):
        return f"{name} must be {'above' if above else 'at least'} {low}, not {value}"
    if high is not None and value > high:
        return f"{name} must be at most {high:.0f}, not {value}"
    return ""


def seconds(name: str, value: object, *, zero: bool = False) -> str:
    """A time; without `zero`, one that isn't 0."""
    return number(name, value, 0, _MAX_SECONDS, above=not zero)


def flag(name: str, value: object) -> str:
    return "" if isinstance(value, bool) else f"{name} must be True or False, not {value!r}"


def optional(check: Check, name: str, value: object) -> str:
    """None is unset, and always good."""
    return "" if value is None else check(name, value)


def text(name: str, value: object) -> str:
    return "" if isinstance(value, str) and value else f"{name} must be a text that is not empty"


def texts(name: str, value: object, *, allow_none: bool = False) -> str:
    """A str is itself a sequence of str, and never what was meant."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        return f"{name} must be a list of texts, not {type(value).__name__}"
    if not value and not allow_none:
        return f"{name} must not be empty"
    if not all(isinstance(v, str) and v for v in value):
        return f"{name} must hold texts that are not empty"
    return ""


def each(check: Check, name: str, value: object) -> str:
    """A list, that may be empty, of texts that meet a check."""
    wrong = texts(name, value, allow_none=True)
    if wrong or not isinstance(value, Sequence):
        return wrong
    return next((w for v in value if (w := check(name, v))), "")


def secret(name: str, value: object, least: int) -> str:
    """A secret that signs something."""
    if wrong := text(name, value):
        return wrong
    long_enough = isinstance(value, str) and len(value.encode()) >= least
    return "" if long_enough else f"{name} must have {least} bytes at least: less can be guessed"


def path(name: str, value: object) -> str:
    good = isinstance(value, str) and value.startswith("/")
    return "" if good else f'{name} must start with "/", not {value!r}'


def one_of(name: str, value: object, allowed: Sequence[str]) -> str:
    return "" if value in allowed else f"{name} must be one of {', '.join(allowed)}, not {value!r}"


def token(name: str, value: object) -> str:
    return _form(name, value, _TOKEN, "a name that HTTP allows")


def origin(name: str, value: object) -> str:
    return _form(name, value, _ORIGIN, "an origin, as https://example.com without a path")


def domain(name: str, value: object) -> str:
    return _form(name, value, _DOMAIN, "a domain")


def header(name: str, value: object) -> str:
    return _form(name, value, _HEADER, "a text that a header field can hold")


def _form(name: str, value: object, form: re.Pattern[str], what: str) -> str:
    good = isinstance(value, str) and form.fullmatch(value)
    return "" if good else f"{name} must be {what}, not {value!r}"


def limit_key(name: str, value: object) -> str:
    if isinstance(value, str):
        prefix, _, field = value.partition(":")
        if value in ("client", "principal") or (prefix == "header" and _TOKEN.fullmatch(field)):
            return ""
    return f"{name} must be client, principal or header:NAME, not {value!r}"


def pattern(name: str, value: object) -> str:
    """A regular expression: Go's, which is checked there, is mostly Python's."""
    if not isinstance(value, str):
        return f"{name} must be a regular expression, not {value!r}"
    try:
        re.compile(value)
    except re.error as e:
        return f"{name}: {e}"
    return ""


def url(name: str, value: object, schemes: Sequence[str]) -> str:
    """A URL, which may hold a password and so isn't shown."""
    wrong = f"{name} must be a URL that begins with {':// or '.join(schemes)}://"
    if not isinstance(value, str) or re.search(r"[\s\x00-\x1f\x7f]", value):
        return wrong
    from urllib.parse import urlsplit  # here and not above: few apps have URLs

    try:
        parts = urlsplit(value)
    except ValueError:
        return wrong
    there = parts.netloc or (parts.scheme == "unix" and parts.path)
    return "" if parts.scheme in schemes and there else wrong


def proxy(name: str, value: object) -> str:
    """An IP address or a CIDR range, with the length of its prefix and no mask."""
    wrong = f"{name} must hold IP addresses and CIDR ranges, as 10.0.0.0/8, not {value!r}"
    if not isinstance(value, str):
        return wrong
    from ipaddress import ip_network  # here and not above: few apps have proxies

    address, slash, length = value.strip().partition("/")
    if slash and not length.isdigit():
        return wrong
    try:
        ip_network((address, int(length)) if slash else address, strict=False)
    except ValueError:
        return wrong
    return ""
