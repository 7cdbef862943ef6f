from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal, NewType, Optional, TypedDict, Union

import pytest

from spikard import Body, Header, Path, Provide, Query, Request, Spikard
from spikard._manifest import MISSING, Factory

from .describing import collected, faults, handler_params


class Color(Enum):
    RED = 1


class Options(TypedDict):
    a: int


@dataclass
class Item:
    name: str


class Store:
    def get(self) -> str: ...  # type: ignore[empty-body]


def make() -> Store:
    return Store()


UserId = NewType("UserId", int)


def test_places_by_annotation() -> None:
    def handler(
        id: int,
        number: int,
        ids: list[int],
        pairs: tuple[int, ...],
        color: Color,
        when: Optional[datetime],  # noqa: UP045
        user: UserId,
        choice: Literal["a", "b"],
        either: Union[int, str],  # noqa: UP007
        item: Item,
        store: Store,
        maybe: Item | None,
        request: Request,
        body: dict[str, Any],
    ) -> None: ...

    params = handler_params(handler, "/{id}")
    assert {n: p["in"] for n, p in params.items()} == {
        "id": "path",
        **dict.fromkeys(
            ("number", "ids", "pairs", "color", "when", "user", "choice", "either"), "query"
        ),
        "item": "auto",
        "store": "auto",
        "maybe": "auto",
        "request": "request",
        "body": "body",
    }
    assert params["item"]["key"] == params["maybe"]["key"] == f"__type__{__name__}.Item"
    assert params["item"]["type"]["kind"] == "class"
    assert params["maybe"]["type"]["kind"] == "union"
    assert "type" not in params["store"]
    assert params["user"]["type"] == {"kind": "int"}


@pytest.mark.parametrize(
    "annotation",
    [list[Item], dict[str, int], dict, Options, Item | int, tuple[int, str], list[Any]],
)
def test_structured_types_are_the_body(annotation: Any) -> None:
    def handler(x: Any) -> None: ...

    handler.__annotations__["x"] = annotation
    assert handler_params(handler)["x"]["in"] == "body"


def test_untyped_parameters() -> None:
    def handler(request, body, name="x", n=1, maybe=None):  # type: ignore[no-untyped-def]
        ...

    params = handler_params(handler)
    assert [p["in"] for p in params.values()] == ["request", "body", "query", "query", "query"]
    assert params["n"]["type"] == {"kind": "int"}
    assert params["maybe"]["type"] == {"kind": "str"}


@pytest.mark.parametrize(
    ("converter", "kind"),
    [("int", "int"), ("uuid", "uuid"), ("path", "str"), ("datetime", "datetime"), ("bool", "bool")],
)
def test_a_path_parameter_without_annotation_is_what_the_template_says(
    converter: str, kind: str
) -> None:
    def handler(x):  # type: ignore[no-untyped-def]
        ...

    assert handler_params(handler, f"/{{x:{converter}}}")["x"]["type"]["kind"] == kind


def test_names_on_the_wire() -> None:
    def handler(
        user_agent: str = Header(),
        raw_name: str = Header(convert_underscores=False),
        trace: str = Header(alias="X-Trace"),
        q: str = Query(alias="search"),
        user_id: int = Path(alias="user-id"),
    ) -> None: ...

    params = handler_params(handler, "/{user-id}")
    assert [p["alias"] for p in params.values()] == [
        "user-agent",
        "raw_name",
        "x-trace",
        "search",
        "user-id",
    ]


def test_defaults() -> None:
    def handler(
        a: int,
        b: int = 2,
        c: int = Query(default=3),
        d: Annotated[int, Query()] = 4,
        e: Annotated[int, Query(default=5)] = ...,
        f: list[int] = Query(default=[6]),
        g: str = Query(default_factory=str),
        h: int = Query(...),
        *,
        i: int = 9,
    ) -> None: ...

    app = Spikard()
    app.get("/")(handler)
    found = collected(app)
    assert found.manifest.get("faults") == [
        {
            "message": f"GET /: handler {__name__}.test_defaults.<locals>.handler, parameter e: "
            "has two defaults, one of them in Query()",
            "source": found.manifest["routes"][0]["source"],
        }
    ]
    [bound] = found.callables
    a, b, c, d, _, f, g, h, i = bound.defaults
    assert (a, b, c, d, h, i) == (MISSING, 2, 3, 4, MISSING, 9)
    assert isinstance(f, Factory)
    assert isinstance(g, Factory)
    assert f.make() == [6]
    assert f.make() is not f.make()
    assert g.make() == ""
    assert (bound.positional, bound.keywords) == (8, ("i",))


def test_partials_bound_methods_and_callables() -> None:
    class Handlers:
        def method(self, x: int) -> None: ...

        async def __call__(self, y: int) -> None: ...

    def function(a: int, b: int, c: int = 3) -> None: ...

    app = Spikard()
    app.get("/1")(Handlers().method)
    app.get("/2")(Handlers())
    app.get("/3")(functools.partial(function, b=2))
    app.get("/4")(functools.partial(function, 1))
    found = collected(app)
    assert "faults" not in found.manifest
    functions = found.manifest["callables"]
    assert [[p["name"] for p in f["params"]] for f in functions] == [
        ["x"],
        ["y"],
        ["a", "b", "c"],
        ["b", "c"],
    ]
    assert [f["kind"] for f in functions] == ["function", "coroutine", "function", "function"]
    assert found.callables[2].keywords == ("b", "c")


def test_wrapped_functions_keep_their_parameters() -> None:
    def decorate(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return wrapper

    @decorate
    def handler(x: int) -> None: ...

    assert list(handler_params(handler)) == ["x"]


def test_a_marker_within_a_union() -> None:
    def handler(a: Annotated[str, Header(max_length=3)] | None = None) -> None: ...

    params = handler_params(handler)
    assert params["a"]["in"] == "header"
    assert params["a"]["type"]["items"] == [{"kind": "str", "max_length": 3}, {"kind": "none"}]


class TestInjection:
    def test_by_name_before_the_query(self) -> None:
        app = Spikard()
        app.provide("limit", 3)

        def handler(limit: int, other: int) -> None: ...

        params = handler_params(handler, app=app)
        assert (params["limit"]["in"], params["limit"]["key"]) == ("inject", "limit")
        assert params["other"]["in"] == "query"

    def test_the_path_before_a_name(self) -> None:
        app = Spikard()
        app.provide("id", 3)

        def handler(id: int) -> None: ...

        assert handler_params(handler, "/{id}", app=app)["id"]["in"] == "path"

    def test_a_marker_before_a_name(self) -> None:
        app = Spikard()
        app.provide("data", 3)

        def handler(data: Item = Body()) -> None: ...

        assert handler_params(handler, app=app)["data"]["in"] == "body"

    def test_by_qualified_type_and_by_name_alone(self) -> None:
        app = Spikard()

        def handler(a: Annotated[Store, "main"], b: Annotated[Any, "thing"]) -> None: ...

        params = handler_params(handler, app=app)
        assert params["a"]["key"] == f"__type__{__name__}.Store#main"
        assert params["b"]["key"] == "thing"

    def test_a_text_in_annotated_is_no_name_for_a_scalar(self) -> None:
        def handler(a: Annotated[int, "the page"]) -> None: ...

        assert handler_params(handler)["a"]["in"] == "query"

    def test_the_methods_of_a_class_that_go_may_supply(self) -> None:
        app = Spikard()

        @app.get("/")
        def handler(store: Store, named: Annotated[Store, "main"]) -> None: ...

        types = collected(app).manifest["types"]
        key = f"__type__{__name__}.Store"
        assert types[f"{key}#main"] == types[key]
        assert [m["name"] for m in types[key]["methods"]] == ["get"]

    def test_an_optional_dependency(self) -> None:
        app = Spikard()

        @app.get("/")
        def handler(store: Store | None) -> None: ...

        found = collected(app)
        assert found.manifest["callables"][0]["params"][0]["required"] is False
        assert found.callables[0].defaults == (None,)

    def test_a_factory_of_one_parameter_is_made_once(self) -> None:
        app = Spikard()

        @app.get("/1")
        def one(a: Annotated[Store, Provide(make)], b: Store = Provide(make)) -> None: ...

        @app.get("/2")
        def two(c: Store = Provide(make), d: Store = Provide(make, use_cache=False)) -> None: ...

        manifest = collected(app).manifest
        assert "faults" not in manifest
        keys = [p["key"] for f in manifest["callables"] for p in f["params"]]
        stem = f"__provide__{__name__}."
        assert all(k.startswith(stem) for k in keys)
        assert len(set(keys[:3])) == 1
        assert keys[3] == keys[0] + "#2"
        assert [p["scope"] for p in manifest["providers"]] == ["request", "transient"]

    def test_a_private_factory_that_can_not_be_made(self) -> None:
        def recursive(x: Annotated[Store, Provide(lambda y: y)]) -> None: ...

        app = Spikard()
        app.get("/")(recursive)
        assert any("parameter y: has no annotation" in f for f in faults(app))

    def test_depends_on_names_parameters(self) -> None:
        app = Spikard()

        def from_url(url, n: int = 3):  # type: ignore[no-untyped-def]
            return Store()

        app.provide(Store, Provide(from_url, depends_on=["url"]))
        [described] = collected(app).manifest["callables"]
        assert [(p["key"], p["required"]) for p in described["params"]] == [
            ("url", True),
            ("__type__builtins.int", False),
        ]
