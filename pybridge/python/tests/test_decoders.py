from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import pytest

from spikard import Body, Form, Query, Spikard, _decoders, register_decoder
from spikard._faults import BindingError
from spikard._types import Types

from .describing import collected, faults, handler_params


class Money:
    def __init__(self, amount: int) -> None:
        self.amount = amount

    def add(self, other: Money) -> Money:
        return Money(self.amount + other.amount)


class Unknown: ...


@dataclass
class Invoice:
    total: Money


@pytest.fixture(autouse=True)
def decoders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_decoders, "_registered", [])


def decode_nothing(wanted: Any, value: Any) -> Any:
    raise NotImplementedError


def decode_money(wanted: Any, value: Any) -> Any:
    if wanted is not Money:
        raise NotImplementedError
    return Money(int(value["amount"]))


def test_without_a_decoder_it_is_a_fault() -> None:
    def handler(x: Annotated[Money, Body()]) -> None: ...

    app = Spikard()
    app.post("/")(handler)
    assert "without a decoder: see spikard.register_decoder" in faults(app)[0]


def test_decoders_are_asked_in_turn() -> None:
    register_decoder(decode_nothing)
    register_decoder(decode_money)
    register_decoder(decode_money)
    types = Types()
    assert types.describe(list[Money]) == {
        "kind": "list",
        "items": [{"kind": "any", "converter": 1}],
    }
    types.describe(Invoice)
    assert len(types.converters) == 2
    convert: Any = types.converters[1]
    assert convert({"amount": 3}).amount == 3
    with pytest.raises(ValueError, match="invalid literal"):
        convert({"amount": "x"})


def test_one_that_no_decoder_makes() -> None:
    register_decoder(decode_money)
    types = Types()
    types.describe(Unknown)
    convert: Any = types.converters[1]
    with pytest.raises(NotImplementedError, match=r"no decoder .* makes a .*Unknown"):
        convert(1)


def test_without_a_marker_it_is_a_dependency_before_it_is_the_body() -> None:
    register_decoder(decode_money)

    def handler(x: Money) -> None: ...

    app = Spikard()
    app.post("/")(handler)
    manifest = collected(app).manifest
    [param] = manifest["callables"][0]["params"]
    assert (param["in"], param["type"]["kind"]) == ("auto", "any")
    described = manifest["types"][param["key"]]
    assert (described["kind"], [m["name"] for m in described["methods"]]) == ("plain", ["add"])


def test_places() -> None:
    register_decoder(decode_money)

    def handler(
        a: Annotated[Money, Form(alias="a")], b: Annotated[Money, Query()], c: Money = Form()
    ) -> None: ...

    app = Spikard()
    app.post("/")(handler)
    assert "c is the whole form, and a would be" in faults(app)[0]

    def whole(c: Money = Form()) -> None: ...

    assert handler_params(whole)["c"]["whole"] is True


def test_what_is_no_decoder() -> None:
    with pytest.raises(TypeError, match="takes a function"):
        register_decoder(3)  # type: ignore[arg-type]
    with pytest.raises(BindingError, match=r"complex is not a type that a request can hold$"):
        Types().describe(complex)
