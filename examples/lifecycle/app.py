"""A workshop that lends tools: who may do what is decided by hooks, ahead of the handlers."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NoReturn, Protocol

from spikard import (
    CorsConfig,
    HTTPException,
    JwtClaims,
    MetricsConfig,
    Principal,
    Problem,
    RateLimitConfig,
    Request,
    RequestValidationError,
    Response,
    Router,
    SecurityHeadersConfig,
    ServerConfig,
    Spikard,
)

log = logging.getLogger("workshop")


@asynccontextmanager
async def opening_hours(_app: Spikard) -> AsyncIterator[None]:
    """The outermost of all: entered before the first request, left after the last."""
    log.info("the workshop opens")
    yield
    log.info("the workshop is closed")


# Go adds the key that tokens are signed with, and where to listen.
app = Spikard(
    ServerConfig(
        request_timeout=5,
        rate_limit=RateLimitConfig(per_second=20, burst=40),
        cors=CorsConfig(
            allow_origins=["https://workshop.example"],
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["X-Response-Time"],
        ),
        security_headers=SecurityHeadersConfig(),
        metrics=MetricsConfig(),
        access_log=True,
    ),
    lifespan=opening_hours,
)
admin = Router(prefix="/admin")


class Tokens(Protocol):
    """Go's: it has the key."""

    def issue(self, subject: str, scopes: list[str]) -> str: ...


@dataclass
class Login:
    name: str
    password: str


@dataclass(frozen=True)
class Member:
    salt: bytes
    digest: bytes
    scopes: list[str]


class Members:
    """Who may come, and how they prove it."""

    def __init__(self) -> None:
        self._members: dict[str, Member] = {}

    def add(self, name: str, password: str, scopes: list[str]) -> None:
        """Takes somebody in."""
        salt = os.urandom(16)
        self._members[name] = Member(salt, _digest(password, salt), scopes)

    def check(self, login: Login) -> Member | None:
        """The member, if the password is right. A stranger takes as long as a member."""
        member = self._members.get(login.name)
        digest = _digest(login.password, member.salt if member else b"nobody")
        return member if member and hmac.compare_digest(digest, member.digest) else None


def _digest(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=1 << 12, r=8, p=1)


class Shelf:
    """The tools, and who has them."""

    def __init__(self) -> None:
        self.lent: dict[str, str] = {}
        self.failures = 0


class LentError(Exception):
    """Somebody else has the tool."""

    def __init__(self, tool: str, by: str) -> None:
        super().__init__(f"{tool} is lent to {by}")
        self.tool = tool


def open_members() -> Members:
    members = Members()
    members.add("ann", "hammer", ["tools"])
    members.add("bob", "chisel", ["tools", "admin", "reports"])
    return members


shelf = Shelf()
app.provide(Members, open_members())
app.provide(Shelf, shelf)


@app.on_startup
def sweep(shelf: Shelf) -> None:
    shelf.lent.clear()
    log.info("the shelf is swept")


@app.on_shutdown
def count(shelf: Shelf) -> None:
    log.info("%d tools are still lent", len(shelf.lent))


@app.health_check
def shelf_is_there(shelf: Shelf) -> bool:
    return shelf.failures < 100


# --- hooks ---


@app.on_request
def begin(request: Request) -> None:
    request.state.begun = time.perf_counter()


@app.on_response
def stamp(response: Response, request: Request) -> None:
    response.headers["X-Response-Time"] = (
        f"{(time.perf_counter() - request.state.begun) * 1000:.2f}ms"
    )


@app.on_error
def note(error: Exception, shelf: Shelf) -> None:
    if not isinstance(error, (HTTPException, LentError)):
        shelf.failures += 1


@admin.pre_handler
def admins_only(who: Principal) -> Response | None:
    if who.has_scopes("admin"):
        return None
    return Response({"error": f"{who.subject} is no admin"}, status_code=403)


@app.exception_handler(LentError)
def lent(error: LentError) -> NoReturn:
    raise Problem(409, str(error), title="Lent already", type="/problems/lent", tool=error.tool)


@app.exception_handler(RequestValidationError)
def invalid(error: RequestValidationError) -> Response:
    return Response({"wrong": [".".join(e["loc"]) for e in error.errors]}, status_code=422)


# --- routes ---


@app.post("/login", security=[])
def login(body: Login, members: Members, tokens: Tokens) -> dict[str, str]:
    member = members.check(body)
    if member is None:
        # A 401 has to say what would do (RFC 9110, section 15.5.2).
        raise HTTPException(
            401, "The name or the password is wrong", headers={"WWW-Authenticate": "Bearer"}
        )
    return {"access_token": tokens.issue(body.name, member.scopes), "token_type": "bearer"}


@app.get("/me")
def me(who: Principal, claims: JwtClaims, request: Request) -> dict[str, object]:
    return {
        "name": who.subject,
        "may": who.scopes,
        "issuer": claims.iss,
        "audience": claims.aud,
        "workshop": request.state.workshop,
    }


@app.put("/tools/{tool}/loan")
async def lend(tool: str, who: Principal, shelf: Shelf) -> dict[str, str]:
    by = shelf.lent.setdefault(tool, who.subject)
    if by != who.subject:
        raise LentError(tool, by)
    return {"tool": tool, "lent_to": by}


@dataclass
class Report:
    lent: dict[str, str]
    failures: int


@app.get("/reports/loans", security=[{"bearerAuth": ["reports"]}])
def loans(shelf: Shelf) -> Report:
    return Report(shelf.lent, shelf.failures)


@admin.delete("/loans", status_code=204)
def collect(shelf: Shelf) -> None:
    shelf.lent.clear()


@admin.get("/accident")
def accident() -> None:
    raise RuntimeError("the saw is broken")


app.include_router(admin)
