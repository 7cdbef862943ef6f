"""What routes say in JSON Schema."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import pytest

from spikard import Body, Header, Query, ServerConfig, Spikard
from spikard._manifest import MISSING, Factory

from .describing import collected, faults


class Color(Enum):
    RED = "red"


def route_of(handler: Any, app: Spikard | None = None, **options: Any) -> dict[str, Any]:
    app = app or Spikard()
    app.post("/{id}", **options)(handler)
    manifest = collected(app).manifest
    assert "faults" not in manifest, manifest["faults"]
    route: dict[str, Any] = manifest["routes"][0]
    return route


def plain() -> None: ...


def test_schemas_of_body_and_answer() -> None:
    schema = {"type": "object", "required": ("a",)}
    route = route_of(plain, body_schema=schema, response_schema=False)
    assert route["body_schema"] == {"type": "object", "required": ["a"]}
    assert route["response_schema"] is False
    schema["type"] = "array"
    assert route["body_schema"]["type"] == "object"
    assert "body_schema" not in route_of(plain)


@pytest.mark.parametrize(
    ("config", "option", "checked"),
    [(False, None, False), (True, None, True), (True, False, False), (False, True, True)],
)
def test_validate_responses(config: bool, option: bool | None, checked: bool) -> None:
    app = Spikard(ServerConfig(validate_responses=config))
    route = route_of(plain, app, validate_responses=option)
    assert route.get("validate_responses", False) is checked


def test_schemas_in_markers() -> None:
    def handler(
        q: Annotated[str, Query(schema={"format": "email"})],
        body: Annotated[dict[str, Any], Body(schema=True)],
    ) -> None: ...

    app = Spikard()
    app.post("/")(handler)
    q, body = collected(app).manifest["callables"][0]["params"]
    assert (q["schema"], body["schema"]) == ({"format": "email"}, True)


def params_of(
    handler: Any, properties: Any, required: Any = (), **more: Any
) -> dict[str, tuple[dict[str, Any], Any]]:
    """Each parameter, and what it is where nothing is given."""
    app = Spikard()
    schema = {"type": "object", "properties": properties, "required": list(required), **more}
    app.get("/{id}", parameter_schema=schema)(handler)
    found = collected(app)
    assert "faults" not in found.manifest, found.manifest["faults"]
    params = found.manifest["callables"][0]["params"]
    defaults = found.callables[0].defaults
    return {p["name"]: (p, d) for p, d in zip(params, defaults, strict=True)}


def test_places_and_types_by_schema() -> None:
    def handler(id, n, x, flag, name, key, day, ids, either, what):  # type: ignore[no-untyped-def]
        ...

    properties = {
        "id": {"type": "string", "format": "uuid", "source": "path"},
        "n": {"type": "integer", "minimum": 1, "source": "query"},
        "x": {"type": "number", "source": "cookie"},
        "flag": {"type": "boolean"},
        "name": {"type": "string", "source": "header"},
        "key": {"type": "string", "format": "uuid"},
        "day": {"type": "string", "format": "date"},
        "ids": {"type": "array", "items": {"type": "integer"}, "separator": ","},
        "either": {"type": ["integer", "null"]},
        "what": {"enum": ["a"]},
    }
    params = {n: p for n, (p, _) in params_of(handler, properties, properties).items()}
    assert {n: p["in"] for n, p in params.items()} == {
        **dict.fromkeys(params, "query"),
        "id": "path",
        "x": "cookie",
        "name": "header",
    }
    assert [p["type"]["kind"] for p in params.values()] == [
        *("uuid", "int", "float", "bool", "str", "uuid", "date", "list", "union", "any"),
    ]
    assert params["n"]["schema"] == {"type": "integer", "minimum": 1}
    assert params["ids"]["separator"] == ","
    assert all(p["required"] for p in params.values())


def test_names_by_schema() -> None:
    def handler(
        request_id: str, user_agent: str, q: Annotated[str, Query(alias="search")]
    ) -> None: ...

    properties = {
        "Request-ID": {"source": "header"},
        "user_agent": {"source": "header"},
        "search": {"minLength": 3},
    }
    params = params_of(handler, properties, properties)
    assert [p["alias"] for p, _ in params.values()] == ["request-id", "user_agent", "search"]
    assert params["q"][0]["schema"] == {"minLength": 3}


def test_defaults_by_schema() -> None:
    def handler(  # type: ignore[no-untyped-def]
        untyped, names, day: date, price: Decimal, color: Color, tags: set[str], own: int = 3, *,
        needed: int = 4, given: int = 5, maybe: int | None, must: int, key: UUID,
    ): ...  # fmt: skip

    properties = {
        "untyped": {"type": "integer"},
        "names": {"type": "array", "default": ["a"]},
        "day": {"default": "2024-01-31"},
        "price": {"default": "1.50"},
        "color": {"default": "red"},
        "tags": {"default": ["x"]},
        "own": {"default": 9},
        "needed": {"type": "integer"},
        "given": {"type": "integer", "default": 8},
        "maybe": {"type": "integer"},
        "must": {"type": "integer"},
        "key": {"default": "00000000-0000-0000-0000-000000000001"},
    }
    params = params_of(handler, properties, ["needed", "given"])
    found = {n: d.make() if isinstance(d, Factory) else d for n, (_, d) in params.items()}
    assert found == {
        "untyped": None,
        "names": ["a"],
        "day": date(2024, 1, 31),
        "price": Decimal("1.50"),
        "color": Color.RED,
        "tags": {"x"},
        "own": 3,
        "needed": MISSING,
        "given": 5,
        "maybe": None,
        "must": MISSING,
        "key": UUID(int=1),
    }
    assert all(p["required"] == (d is MISSING) for p, d in params.values())


def test_a_schema_that_says_nothing_clear() -> None:
    def handler(a, b, c): ...  # type: ignore[no-untyped-def]

    properties = {"a": {"type": [{}]}, "b": {"type": "string", "format": []}, "c": {"type": []}}
    params = params_of(handler, properties)
    assert [p["type"]["kind"] for p, _ in params.values()] == ["any", "str", "any"]


def test_definitions_go_with_each_property() -> None:
    def handler(n: int) -> None: ...

    shared = {"small": {"maximum": 9}}
    properties = {"n": {"$ref": "#/$defs/small"}}
    param, _ = params_of(handler, properties, **{"$defs": shared})["n"]
    assert param["schema"] == {"$defs": shared, "$ref": "#/$defs/small"}


def elsewhere(x: Annotated[str, Header()]) -> None: ...
def with_schema(x: Annotated[str, Query(schema=True)]) -> None: ...
def a_day(x: date) -> None: ...


@pytest.mark.parametrize(
    ("handler", "own", "message"),
    [
        (elsewhere, {"source": "query"}, "comes from the header, and in parameter_schema from the"),
        (with_schema, {}, "has a schema in Query() and one in parameter_schema"),
        (
            a_day,
            {"default": "monday"},
            "the default 'monday' in parameter_schema is no datetime.date",
        ),
        (a_day, {"source": "path"}, "comes from the path, whose template has no parameters"),
    ],
)
def test_a_property_that_does_not_fit(handler: Any, own: dict[str, Any], message: str) -> None:
    app = Spikard()
    app.get("/", parameter_schema={"properties": {"x": own}})(handler)
    [fault] = faults(app)
    assert message in fault
