"""What routes ask of their clients, and who a client is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spikard._faults import BindingError

__all__ = ["JwtClaims", "Principal"]

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
