"""What is registered as hooks, exception handlers and security, as data."""

from __future__ import annotations

from typing import Any

import pytest

from spikard import (
    HTTPException,
    Principal,
    Request,
    RequestValidationError,
    Response,
    Router,
    Spikard,
)
from spikard._hooks import ErrorHandlers
from tests.describing import collected, only_fault


def hook(request: Request) -> None: ...


def answered(response: Response, request: Request) -> None: ...


def failed(error: Exception) -> None: ...


async def unsaid(exc, request): ...  # type: ignore[no-untyped-def]  # as FastAPI's users write it


def manifest(app: Spikard) -> dict[str, Any]:
    found = collected(app).manifest
    assert "faults" not in found, found["faults"]
    return found


def params(found: dict[str, Any], callable_index: int) -> list[str]:
    return [p["in"] for p in found["callables"][callable_index]["params"]]


def test_stages_of_an_app() -> None:
    app = Spikard()
    for stage in ("on_request", "pre_validation", "pre_handler", "on_response", "on_error"):
        getattr(app, stage)({"on_response": answered, "on_error": failed}.get(stage, hook))
    found = manifest(app)
    said = [(h["stage"], params(found, h["callable"])) for h in found["hooks"]]
    assert said == [
        ("on_request", ["request"]),
        ("pre_validation", ["request"]),
        ("pre_handler", ["request"]),
        ("on_response", ["response", "request"]),
        ("on_error", ["error"]),
    ]
    assert not any(h.get("local") for h in found["hooks"])


def test_hooks_of_routers_and_routes_are_their_own() -> None:
    app, outer, inner = Spikard(), Router(prefix="/outer"), Router(prefix="/inner")
    app.pre_handler(hook)
    outer.pre_handler(hook)
    inner.on_response(answered)

    @inner.get("/", on_request=[hook], on_error=[failed])
    def handler() -> None: ...

    @app.get("/")
    def other() -> None: ...

    outer.include_router(inner)
    app.include_router(outer)
    found = manifest(app)
    routes = {r["path"]: r.get("hooks", []) for r in found["routes"]}
    stages = [found["hooks"][i]["stage"] for i in routes["/outer/inner/"]]
    assert stages == ["pre_handler", "on_response", "on_request", "on_error"]
    assert all(found["hooks"][i]["local"] for i in routes["/outer/inner/"])
    assert routes["/"] == []
    assert [h["stage"] for h in found["hooks"] if not h.get("local")] == ["pre_handler"]


@pytest.mark.parametrize(
    ("what", "refusals"),
    [
        (ValueError, False),
        (HTTPException, True),
        (RequestValidationError, True),
        (404, True),
        (Exception, False),
    ],
)
def test_exception_handler(what: Any, refusals: bool) -> None:
    app = Spikard()
    app.exception_handler(what)(unsaid)
    found = manifest(app)
    [handler] = found["error_handlers"]
    assert handler["refusals"] is refusals
    assert params(found, handler["callable"]) == ["error", "request"]


def test_the_closest_handler_answers() -> None:
    class OwnError(LookupError): ...

    handlers = ErrorHandlers([Exception, LookupError, HTTPException, 404])
    assert handlers.of(OwnError()) == 1
    assert handlers.of(ValueError()) == 0
    assert handlers.of(HTTPException(404)) == 3
    assert handlers.of(HTTPException(409)) == 2
    assert handlers.of(KeyboardInterrupt()) is None


@pytest.mark.parametrize(
    ("register", "message"),
    [
        (lambda app: app.exception_handler("x")(hook), "takes a class or a status, not 'x'"),
        (lambda app: app.exception_handler(KeyboardInterrupt)(hook), "no subclass of Exception"),
        (lambda app: app.exception_handler(ValueError)(1), "a hook must be a function, not 1"),
        (lambda app: app.get("/", on_request=hook)(failed_handler), "on_request must be a list"),
        (
            lambda app: app.get("/", security="bearerAuth")(failed_handler),
            "security must be a list",
        ),
        (lambda app: app.get("/", security=["basic"])(failed_handler), "'basic' is none of"),
        (
            lambda app: app.get("/", security=[{"bearerAuth": "a"}])(failed_handler),
            "must be a list of str",
        ),
        (lambda app: app.health_check(hook), "health_check"),
    ],
)
def test_faults(register: Any, message: str) -> None:
    app = Spikard()
    register(app)
    assert message in only_fault(app)


def failed_handler() -> None: ...


@pytest.mark.parametrize(
    ("security", "want"),
    [
        ([], []),
        (["bearerAuth"], [{"bearerAuth": []}]),
        (
            [{"bearerAuth": ["a", "b"]}, "apiKeyAuth"],
            [{"bearerAuth": ["a", "b"]}, {"apiKeyAuth": []}],
        ),
        ([{}], [{}]),
    ],
)
def test_security(security: Any, want: Any) -> None:
    app = Spikard()
    app.get("/", security=security)(failed_handler)
    [route] = manifest(app)["routes"]
    assert route["security"] == want


def test_scopes_of_a_principal() -> None:
    who = Principal("ann", "bearerAuth", ["a", "b"])
    assert who.has_scopes("a")
    assert who.has_scopes("a", "b")
    assert not who.has_scopes("a", "c")
