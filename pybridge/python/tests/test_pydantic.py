"""Models of pydantic read the JSON text themselves."""

from __future__ import annotations

from typing import Annotated, Any, Optional

import pytest

from spikard import Body, Form, Query, Response, Spikard
from spikard._faults import BindingError
from spikard._types import Types

from .describing import collected, fields, handler_params, only_class, only_fault, read

m: Any = pytest.importorskip("tests.pydantic_models", reason="pydantic is not installed")


def test_models() -> None:
    item = read(m.Item, {"Name": "ab", "price": "3"})
    assert (type(item), item.name, item.price) == (m.Item, "ab", 3.0)
    assert len(read(m.Tree, {"children": [{}, {"children": [{}]}]}).children) == 2
    assert read(m.Names, ["a"]).root == ["a"]
    assert type(read(m.Page[m.Item], {"items": [{"Name": "ab"}]}).items[0]) is m.Item
    assert read(m.Point, {"x": 1}).x == 1


def test_types_with_models_in_them() -> None:
    assert type(read(m.Pet, {"kind": "dog"})) is m.Dog
    assert type(read(list[m.Pet], [{"kind": "cat"}])[0]) is m.Cat
    assert read(m.Item | None, None) is None
    assert read(Optional[list[m.Item]], None) is None  # noqa: UP045  # the old spelling
    assert read(dict[str, m.Item], {"a": {"Name": "ab"}})["a"].name == "ab"
    assert str(read(m.AnyUrl, "http://x.org/")) == "http://x.org/"


@pytest.mark.parametrize(
    ("annotation", "constraints"),
    [
        (list[m.Item], {"min_length": 1}),
        (Annotated[list[m.Item], Query(min_length=1)], {}),
        (m.NotEmpty, {}),
    ],
)
def test_constraints_of_a_list_of_models(annotation: Any, constraints: Any) -> None:
    with pytest.raises(m.ValidationError, match="too_short"):
        read(annotation, [], **constraints)


def test_a_mistake_is_told_by_pydantic() -> None:
    with pytest.raises(m.ValidationError) as caught:
        read(list[m.Item], [{"Name": "a"}])
    assert caught.value.errors()[0]["loc"] == (0, "Name")


def test_a_dataclass_has_models_in_its_fields() -> None:
    described, _ = only_class(m.Order)
    assert described["kind"] == "dataclass"
    assert fields(described) == [
        ("item", "json", True),
        ("others", "json", True),
        ("link", "json", False),
        ("note", "str", False),
    ]
    assert fields(only_class(m.Envelope[m.Item])[0]) == [("content", "json", True)]


def test_one_that_pydantic_can_not_read() -> None:
    with pytest.raises(BindingError, match=r"pydantic can't validate it: .*Nowhere"):
        Types().describe(m.Unfinished)


def test_a_class_of_models_is_no_value() -> None:
    with pytest.raises(BindingError, match="not a type that a request can hold"):
        Types().describe(type[m.Item])


def test_a_model_is_a_dependency_or_the_body() -> None:
    def handler(item: m.Item, items: list[m.Item] | None = None) -> None: ...

    app = Spikard()
    app.post("/")(handler)
    manifest = collected(app).manifest
    [fault] = manifest.pop("faults", [None])
    assert fault is None
    item, items = manifest["callables"][0]["params"]
    assert (item["in"], items["in"]) == ("auto", "body")
    assert item["type"]["kind"] == items["type"]["kind"] == "json"
    assert manifest["types"][item["key"]]["kind"] == "plain"
    assert "methods" not in manifest["types"][item["key"]]


def test_a_model_with_a_provider() -> None:
    def handler(item: m.Item) -> None: ...

    app = Spikard()
    app.provide(m.Item, m.Item(Name="ab"))
    assert handler_params(handler, app=app)["item"]["in"] == "auto"


@pytest.mark.parametrize(
    ("returns", "own", "found"),
    [
        (m.Tree, None, {"$ref": "#/$defs/Tree"}),
        (list[m.Point], None, {"type": "array"}),
        (m.Tree, True, True),
        (int, None, None),
        (m.Tree | Response, None, {"$ref": "#/$defs/Tree"}),
        (m.Tree | Types, None, "pydantic has no schema of the answer"),
    ],
)
def test_answers_are_checked_by_a_models_schema(returns: Any, own: Any, found: Any) -> None:
    def handler() -> None: ...

    handler.__annotations__["return"] = returns
    app = Spikard()
    app.get("/", validate_responses=True, response_schema=own)(handler)
    manifest = collected(app).manifest
    schema = manifest["routes"][0].get("response_schema")
    if isinstance(found, dict):
        assert found.items() <= schema.items()
    elif isinstance(found, str):
        assert found in manifest["faults"][0]["message"]
    else:
        assert schema == found


def test_markers() -> None:
    def body(x: Annotated[m.Item, Body()]) -> None: ...
    def form(x: Annotated[m.Item | None, Form()]) -> None: ...
    def field(x: Annotated[list[m.Item], Form()]) -> None: ...
    def query(x: Annotated[m.Item, Query()]) -> None: ...

    assert handler_params(body)["x"]["in"] == "body"
    whole = handler_params(form)["x"]
    assert whole["whole"] is True
    assert "Item" in str(whole["type"]["shape"])
    assert "shape" not in handler_params(body)["x"]["type"]
    assert "whole" not in handler_params(field)["x"]
    app = Spikard()
    app.get("/")(query)
    assert "Query() holds text: a scalar or a list of scalars, not a model" in only_fault(app)
