"""Settings of what browsers are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spikard import _checks as checks
from spikard._config_base import Config

__all__ = ["CorsConfig", "SecurityHeadersConfig"]


@dataclass(frozen=True)
class CorsConfig(Config):
    """Which other origins a browser lets use the answers.

    An origin is "https://example.com"; "https://*.example.com" are the domains
    below it, "http://localhost:*" every port, and "*" is any. `allow_origin_regex`
    allows those that it matches as a whole, too; its syntax is Go's. `max_age` is
    how many seconds a browser keeps the answer to a preflight.
    """

    allow_origins: Sequence[str] = ()
    allow_methods: Sequence[str] = ("GET", "HEAD", "POST")
    allow_headers: Sequence[str] = ()
    expose_headers: Sequence[str] = ()
    allow_credentials: bool = False
    max_age: float = 600
    allow_origin_regex: str | None = None
    allow_private_network: bool = False

    def _faults(self) -> Sequence[str]:
        lists = ("allow_methods", "allow_headers", "expose_headers")
        faults = [
            checks.each(checks.origin, "allow_origins", self.allow_origins),
            checks.optional(checks.pattern, "allow_origin_regex", self.allow_origin_regex),
            *(checks.each(checks.token, n, getattr(self, n)) for n in lists),
            checks.seconds("max_age", self.max_age, zero=True),
        ]
        if self.allow_credentials and not faults[0] and "*" in self.allow_origins:
            faults.append('allow_credentials needs named origins: "*" lets any site use them')
        return faults


@dataclass(frozen=True)
class SecurityHeadersConfig(Config):
    """Header fields that tell browsers to be careful.

    For each, None is its default and "-" leaves it out.
    """

    content_type_options: str | None = None
    frame_options: str | None = None
    referrer_policy: str | None = None
    opener_policy: str | None = None
    content_security_policy: str | None = None
    permissions_policy: str | None = None
    strict_transport_security: str | None = None

    def _faults(self) -> Sequence[str]:
        names = (
            "content_type_options",
            "frame_options",
            "referrer_policy",
            "opener_policy",
            "content_security_policy",
            "permissions_policy",
            "strict_transport_security",
        )
        return [checks.optional(checks.header, n, getattr(self, n)) for n in names]
