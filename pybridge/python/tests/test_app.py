from __future__ import annotations

import asyncio
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import spikard
from spikard import Provide, Response, Router, Spikard

from .describing import collected, faults

PACKAGE = Path(spikard.__file__).parent.parent


class Store: ...


def handler() -> None: ...


def paths(app: Spikard, module: str = "tests") -> list[str]:
    return [r["path"] for r in collected(app, module).manifest["routes"]]


def test_methods() -> None:
    app = Spikard()
    names = ["get", "post", "put", "patch", "delete", "head", "options", "trace"]
    for name in names:
        assert getattr(app, name)("/")(handler) is handler
    app.route("/", methods=["get", "POST"])(handler)
    routes = collected(app).manifest["routes"]
    assert [r["methods"] for r in routes] == [[n.upper()] for n in names] + [["GET", "POST"]]


def test_status_code_may_be_an_http_status() -> None:
    app = Spikard()
    app.post("/", status_code=HTTPStatus.CREATED)(handler)
    [route] = collected(app).manifest["routes"]
    assert type(route["status_code"]) is int
    assert route["status_code"] == 201


def test_routers_nest_and_are_read_when_the_app_is_loaded() -> None:
    app, outer, inner = Spikard(), Router(prefix="/outer"), Router(prefix="/inner")
    app.get("/first")(handler)
    app.include_router(outer, prefix="/v1")
    app.get("/last")(handler)
    outer.include_router(inner)
    inner.get("/late")(handler)
    inner.get("")(handler)
    assert paths(app) == ["/first", "/v1/outer/inner/late", "/v1/outer/inner", "/last"]


def test_a_router_can_not_include_itself() -> None:
    outer, inner = Router(), Router()
    outer.include_router(inner)
    for router in (outer, inner):
        with pytest.raises(ValueError, match="itself"):
            inner.include_router(outer) if router is inner else router.include_router(router)


def test_apps_are_independent() -> None:
    one, two = Spikard(), Spikard()
    one.get("/one")(handler)
    one.provide(Store, Store())
    one.on_startup(handler)
    manifest = collected(two).manifest
    assert all(manifest[n] == [] for n in ("routes", "providers", "hooks", "callables"))


def test_nothing_is_registered_after_loading() -> None:
    app, router = Spikard(), Router()
    app.include_router(router)
    collected(app)
    for register in (
        lambda: app.get("/"),
        lambda: router.get("/"),
        lambda: app.provide(Store, Store()),
        lambda: app.on_startup(handler),
        lambda: app.include_router(Router()),
    ):
        with pytest.raises(RuntimeError, match="the app is loaded"):
            register()


def test_collecting_again_gives_the_same() -> None:
    app = Spikard()
    app.get("/")(handler)
    app.provide(Store)
    assert collected(app).manifest == collected(app).manifest


def test_override() -> None:
    app = Spikard()
    app.provide("x", 1)
    app.provide(Store, Provide(Store, singleton=True))
    with app.override("x", 2):
        values = [b.target for b in collected(app).callables]
        assert values == [Store, 2]
    app._sealed = False
    assert [b.target for b in collected(app).callables] == [1, Store]


def test_there_is_no_server_here() -> None:
    with pytest.raises(RuntimeError, match=r"app\.run\(\): there is no host program.*spikard\.Run"):
        Spikard().run()
    with pytest.raises(RuntimeError, match=r"app\.serve\(\)"):
        asyncio.run(Spikard().serve())


def test_hooks_get_what_they_ask_for() -> None:
    app = Spikard()

    @app.pre_handler
    def first(req): ...  # type: ignore[no-untyped-def]

    @app.pre_handler
    async def second(store: Store, request): ...  # type: ignore[no-untyped-def]

    @app.on_response
    def third(answer: Response, request: spikard.Request, store: Store) -> None: ...

    @app.on_response
    def fourth(store: Store, response): ...  # type: ignore[no-untyped-def]

    @app.on_startup
    def fifth(store: Store) -> None: ...

    manifest = collected(app).manifest
    assert "faults" not in manifest
    places = [[p["in"] for p in f["params"]] for f in manifest["callables"]]
    assert places == [
        ["request"],
        ["inject", "request"],
        ["response", "request", "inject"],
        ["inject", "response"],
        ["inject"],
    ]


class TestDefaultRouter:
    @pytest.fixture(autouse=True)
    def modules(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(spikard.default_router, "_entries", [])
        for name in ("shop", "shop.extra", "other"):
            self.load(monkeypatch, name)

    def load(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        module = ModuleType(name)
        monkeypatch.setitem(sys.modules, name, module)
        code = f"from spikard import get\n@get('/{name}')\ndef handler(): ...\n"
        exec(code, vars(module))  # noqa: S102

    def test_an_app_takes_what_its_package_wrote(self) -> None:
        assert paths(Spikard(), "shop.main") == ["/shop", "/shop.extra"]
        assert paths(Spikard(), "other") == ["/other"]

    def test_what_no_app_has_is_a_fault(self) -> None:
        [fault] = faults_of(Spikard(), "shop")
        assert "app.include_router(spikard.default_router)" in fault
        assert faults_of(Spikard(), "other") == []  # the other has been taken

    def test_including_it_takes_all(self) -> None:
        app = Spikard()
        app.include_router(spikard.default_router, prefix="/v1")
        assert paths(app, "shop") == ["/v1/shop", "/v1/shop.extra", "/v1/other"]

    def test_a_module_that_was_imported_anew_registers_anew(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.load(monkeypatch, "other")
        assert paths(Spikard(), "other") == ["/other"]


def faults_of(app: Spikard, module: str) -> list[str]:
    return [f["message"] for f in collected(app, module).manifest.get("faults", [])]


def test_import_is_light_and_registers_nothing() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(PACKAGE)!r})\n"
        "import __future__, contextlib, dataclasses, typing, inspect\n"
        "before = set(sys.modules)\n"
        "import spikard\n"
        "print(*sorted(set(sys.modules) - before))\n"
        "assert spikard.default_router._entries == []\n"
    )
    done = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-S", "-E", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded: list[Any] = [m for m in done.stdout.split() if m.partition(".")[0] != "spikard"]
    assert loaded == []


def test_faults_of_an_app_without_any() -> None:
    assert faults(Spikard()) == []
