"""Structs of msgspec are built from their fields, or read by msgspec where that says more."""

from __future__ import annotations

from typing import Any

import pytest

from spikard import _decoders, register_decoder
from spikard._faults import BindingError
from spikard._manifest import MISSING
from spikard._runtime_fields import builder_of
from spikard._types import Types

from .describing import fields, handler_params, only_class, read

m: Any = pytest.importorskip("tests.msgspec_structs", reason="msgspec is not installed")


def test_fields() -> None:
    described, cls = only_class(m.Item)
    assert (described["kind"], described["closed"]) == ("struct", True)
    assert fields(described) == [
        ("firstName", "str", True),
        ("age", "int", False),
        ("tags", "list", False),
        ("alias", "str", False),
    ]
    assert described["fields"][1]["type"] == {"kind": "int", "ge": 0}
    build = builder_of(cls)
    assert build("a", 1, ["x"], "b") == m.Item("a", 1, ["x"], "b")
    assert build("a", MISSING, ["x"], MISSING) == m.Item("a", tags=["x"])


def test_an_open_struct_of_required_fields_is_its_own_builder() -> None:
    described, _ = only_class(m.Pair)
    assert "closed" not in described
    assert builder_of(m.Pair) is m.Pair


def test_fields_by_keyword() -> None:
    assert builder_of(m.Named)(1, MISSING) == m.Named(a=1)
    assert fields(only_class(m.Derived)[0]) == [
        ("c", "int", True),
        ("a", "int", True),
        ("b", "int", False),
    ]
    assert builder_of(m.Derived)(3, 1, MISSING) == m.Derived(3, a=1)


def test_generics_and_recursion() -> None:
    described, _ = only_class(m.Box[int])
    assert fields(described) == [("value", "int", True), ("next", "union", False)]


def test_what_only_msgspec_can_read() -> None:
    assert read(m.Pet, {"type": "Dog", "n": 1}) == m.Dog(1)
    assert read(m.Cat | None, None) is None
    assert read(m.Row, [1, "x"]) == m.Row(1, "x")
    assert read(m.Patch, {}).a is m.UNSET
    assert bytes(read(m.Patch, {"raw": [1]}).raw) == b"[1]"
    with pytest.raises(m.ValidationError, match=r"\$\.n"):
        read(m.Cat, {"n": "x"})


def test_a_struct_with_such_in_its_fields() -> None:
    described, _ = only_class(m.Owner)
    assert [f["type"]["kind"] for f in described["fields"]] == ["json", "list"]
    assert described["fields"][1]["type"]["items"][0]["kind"] == "json"


def test_a_field_that_nothing_reads() -> None:
    with pytest.raises(BindingError, match=r"field x: .*Plain is not a type"):
        Types().describe(m.Bad)
    with pytest.raises(BindingError, match="Plain is not a type that msgspec reads"):
        Types().describe(m.Tagged)


def test_msgspec_asks_the_decoders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_decoders, "_registered", [])
    register_decoder(lambda wanted, _: wanted())
    assert type(read(m.Tagged, {"x": [1]}).x[0]) is m.Plain
    assert fields(only_class(m.Bad)[0]) == [("x", "any", True)]


def test_a_struct_with_a_file_is_a_form() -> None:
    def handler(x: m.Upload) -> None: ...

    param = handler_params(handler)["x"]
    assert (param["in"], param["whole"]) == ("form", True)
