"""Settings of who may do what, and of cookies that say who somebody is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from spikard import _checks as checks
from spikard._config_base import Config

__all__ = ["ApiKeyConfig", "CsrfConfig", "JwtConfig", "SessionConfig"]

ALGORITHMS = (
    *(f"{family}{bits}" for family in ("HS", "RS", "ES", "PS") for bits in (256, 384, 512)),
    "EdDSA",
)

# What signs cookies has to be longer than what can be guessed.
_SIGNING_BYTES = 32


@dataclass(frozen=True)
class JwtConfig(Config):
    """Authentication by JSON Web Token.

    `secret` is the shared secret of the HS algorithms, or the PEM public key of
    the others; the keys at `jwks_url` take its place. `algorithms` takes the place
    of `algorithm` where those have several. A token has to name one of `audience`,
    a list or one, and the `issuer`, where those are given. `leeway` is how many
    seconds clocks may be apart.
    """

    _one_or_more = ("audience",)

    secret: str | None = field(default=None, repr=False)
    algorithm: str = "HS256"
    audience: Sequence[str] | str | None = None
    issuer: str | None = None
    leeway: float = 0
    algorithms: Sequence[str] | None = None
    jwks_url: str | None = field(default=None, repr=False)

    def _faults(self) -> Sequence[str]:
        single = (
            checks.optional(checks.text, "secret", self.secret),
            _algorithm("algorithm", self.algorithm),
            checks.optional(_algorithms, "algorithms", self.algorithms),
            checks.optional(_web, "jwks_url", self.jwks_url),
            checks.optional(_one_or_more, "audience", self.audience),
            checks.optional(checks.text, "issuer", self.issuer),
            checks.seconds("leeway", self.leeway, zero=True),
        )
        return single if any(single) else (self._key_fault(),)

    def _key_fault(self) -> str:
        """There is one kind of key, and it suits the algorithms."""
        allowed = self.algorithms or (self.algorithm,)
        names = ", ".join(allowed)
        shared = any(a.startswith("HS") for a in allowed)
        if self.secret is None:
            if self.jwks_url is None:
                return ""  # the environment may have one, and a start is refused without
            wrong = f"algorithm: {names}: jwks_url has public keys: set their algorithms, as RS256"
            return wrong if shared else ""
        pem = "-----BEGIN " in self.secret
        if self.jwks_url is not None:
            return "jwks_url and secret exclude each other"
        if len(allowed) > 1:
            return f"algorithms: {names}: a secret has one algorithm"
        if shared and pem:
            return f"secret: {names} takes a shared one, and this is a key in PEM"
        return "" if shared or pem else f"secret must be a public key in PEM for {names}"


def _algorithm(name: str, value: object) -> str:
    return checks.one_of(name, value, ALGORITHMS)


def _algorithms(name: str, value: object) -> str:
    return checks.each(_algorithm, name, value)


def _one_or_more(name: str, value: object) -> str:
    return checks.text(name, value) if isinstance(value, str) else checks.texts(name, value)


def _web(name: str, value: object) -> str:
    return checks.url(name, value, ("http", "https"))


@dataclass(frozen=True)
class ApiKeyConfig(Config):
    """Authentication by a key in a header field or a query parameter.

    Without `query_name`, keys in queries, which land in logs, are not looked at.
    """

    keys: Sequence[str] = field(repr=False)
    header_name: str = "X-API-Key"
    query_name: str | None = "api_key"

    def _faults(self) -> Sequence[str]:
        return (
            checks.texts("keys", self.keys),
            checks.token("header_name", self.header_name),
            checks.optional(checks.text, "query_name", self.query_name),
        )


@dataclass(frozen=True)
class SessionConfig(Config):
    """A session in a cookie that is signed: its client can read but not change it.

    `secrets` is one, or a list: the first one signs, and the others are still
    believed, so that secrets can be changed.
    """

    _one_or_more = ("secrets",)

    secrets: Sequence[str] | str = field(repr=False)
    cookie_name: str = "session"
    max_age: float = 1209600
    path: str = "/"
    domain: str | None = None
    secure: bool = True
    same_site: str = "lax"

    def _faults(self) -> Sequence[str]:
        faults = [
            _secrets("secrets", self.secrets),
            checks.token("cookie_name", self.cookie_name),
            checks.seconds("max_age", self.max_age) or checks.number("max_age", self.max_age, 1),
            checks.path("path", self.path),
            checks.optional(checks.domain, "domain", self.domain),
            checks.one_of("same_site", self.same_site, ("lax", "strict", "none")),
        ]
        if self.same_site == "none" and self.secure is False:
            faults.append("same_site none is for cookies that are secure")
        return faults


def _secrets(name: str, value: object) -> str:
    wrong = _one_or_more(name, value)
    if wrong or not isinstance(value, Sequence):
        return wrong
    each = (value,) if isinstance(value, str) else value
    return next((w for v in each if (w := checks.secret(name, v, _SIGNING_BYTES))), "")


@dataclass(frozen=True)
class CsrfConfig(Config):
    """Protection of forms from other sites."""

    secret: str = field(repr=False)
    cookie_name: str = "csrf_token"
    header_name: str = "X-CSRF-Token"
    field_name: str = "csrf_token"
    trusted_origins: Sequence[str] = ()
    secure: bool = True

    def _faults(self) -> Sequence[str]:
        return (
            checks.secret("secret", self.secret, _SIGNING_BYTES),
            checks.token("cookie_name", self.cookie_name),
            checks.token("header_name", self.header_name),
            checks.text("field_name", self.field_name),
            checks.each(checks.origin, "trusted_origins", self.trusted_origins),
        )
