"""Set-Cookie lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

SameSite = Literal["lax", "strict", "none"]


def cookie_line(
    key: str,
    value: str,
    *,
    max_age: int | None,
    expires: datetime | str | int | None,
    domain: str | None,
    path: str | None,
    secure: bool,
    httponly: bool,
    samesite: SameSite | None,
) -> str:
    """The value of a Set-Cookie header."""
    from http.cookies import CookieError, SimpleCookie

    if samesite is not None and samesite.lower() not in ("lax", "strict", "none"):
        raise ValueError(f"cookie {key}: samesite must be lax, strict or none, not {samesite!r}")
    jar: SimpleCookie = SimpleCookie()
    try:
        jar[key] = value
    except CookieError as exc:
        raise ValueError(f"cookie {key!r}: {exc}") from exc
    attributes: dict[str, object] = {
        "max-age": max_age,
        "expires": _expires(expires),
        "domain": domain,
        "path": path,
        "secure": secure or None,
        "httponly": httponly or None,
        "samesite": samesite,
    }
    for name, attribute in attributes.items():
        if attribute is None:
            continue
        if isinstance(attribute, str) and (";" in attribute or not attribute.isprintable()):
            raise ValueError(
                f"cookie {key}: {name} {attribute!r} has characters that are not allowed"
            )
        jar[key][name] = attribute
    return jar[key].OutputString()


def _expires(value: datetime | str | int | None) -> str | None:
    """An HTTP date; an int is a number of seconds from now."""
    if value is None or isinstance(value, str):
        return value
    from datetime import timezone
    from email.utils import format_datetime, formatdate

    if isinstance(value, int):
        import time

        return formatdate(time.time() + value, usegmt=True)
    if value.tzinfo is None:
        value = value.replace(tzinfo=timezone.utc)
    return format_datetime(value.astimezone(timezone.utc), usegmt=True)
