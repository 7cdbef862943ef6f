"""What routes ask of their clients, and who a client is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spikard._faults import BindingError

__all__ = ["CsrfToken", "JwtClaims", "Principal", "Session"]

# The names of the schemes, as in OpenAPI documents.
SCHEMES = ("bearerAuth", "apiKeyAuth", "cookieAuth")


@dataclass(frozen=True)
class JwtClaims:
    """The claims of the request's JSON Web Token, whose signature was checked.

    A handler, hook or factory that has a parameter of this type is given them.
    Times are in seconds since 1970; `claims` holds all as they stand in the token.
    """

    sub: str = ""
    iss: str = ""
    jti: str = ""
    aud: list[str] = field(default_factory=list)
    exp: int | None = None
    nbf: int | None = None
    iat: int | None = None
    scopes: list[str] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Principal:
    """Who the request comes from.

    `scheme` is how that is known: "bearerAuth" (a JSON Web Token), "apiKeyAuth" or
    "cookieAuth" (a session).
    """

    subject: str
    scheme: str
    scopes: list[str] = field(default_factory=list)

    def has_scopes(self, *scopes: str) -> bool:
        """Whether the client was granted all of these scopes."""
        return set(scopes) <= set(self.scopes)


class Session:
    """What the client keeps for the server between its requests, in a signed cookie.

    It is injected by its type where `ServerConfig.session` is set, and is Go's: what
    is set goes out with the answer. Values travel as JSON, and the client can read
    them. Who is signed in is `session.set("sub", user)`, and out by `clear`.
    """

    def get(self, key: str) -> Any:
        """The value of a key, or None."""
        raise NotImplementedError(_GO)

    def set(self, key: str, value: Any) -> None:
        """Keeps a value. All of a session fits into 4 KiB."""
        raise NotImplementedError(_GO)

    def delete(self, key: str) -> None:
        """Takes a value out."""
        raise NotImplementedError(_GO)

    def clear(self) -> None:
        """Takes all values out, and the cookie away from the client."""
        raise NotImplementedError(_GO)

    def all(self) -> dict[str, Any]:
        """A copy of the values."""
        raise NotImplementedError(_GO)


_GO = "a session is there in requests that are served"


@dataclass(frozen=True)
class CsrfToken:
    """The token for a form of the page that is answered, where `ServerConfig.csrf` is set.

    Asking for one sets the cookie that goes with it, so ask only where a form is made.
    """

    token: str


def requirements(security: Any) -> list[dict[str, list[str]]]:
    """A route's `security=` in the form of OpenAPI's."""
    if isinstance(security, (str, Mapping)) or not isinstance(security, Sequence):
        raise BindingError(f"security must be a list, as [{security!r}]")
    return [_requirement(one) for one in security]


def _requirement(one: Any) -> dict[str, list[str]]:
    if isinstance(one, str):
        one = {one: []}
    if not isinstance(one, Mapping):
        raise BindingError(f"security holds {one!r}: name a scheme, or give a dict with its scopes")
    out: dict[str, list[str]] = {}
    for scheme, scopes in one.items():
        if scheme not in SCHEMES:
            raise BindingError(f"security: {scheme!r} is none of {', '.join(SCHEMES)}")
        if isinstance(scopes, str) or not all(isinstance(s, str) for s in scopes):
            raise BindingError(f"security: the scopes of {scheme} must be a list of str")
        out[scheme] = list(scopes)
    return out
