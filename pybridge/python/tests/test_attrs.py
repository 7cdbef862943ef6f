"""Classes made with attrs are built from their fields."""

from __future__ import annotations

from typing import Any

import pytest

from spikard._faults import BindingError
from spikard._manifest import MISSING
from spikard._runtime_fields import builder_of
from spikard._types import Types

from .describing import fields, only_class

m: Any = pytest.importorskip("tests.attrs_classes", reason="attrs is not installed")


def test_fields() -> None:
    described, cls = only_class(m.Item)
    assert described["kind"] == "attrs"
    assert fields(described) == [
        ("name", "str", True),
        ("_secret", "int", True),
        ("size", "str", True),
        ("loose", "any", False),
        ("tags", "list", False),
        ("other", "str", False),
    ]
    assert described["fields"][0]["type"]["min_length"] == 1
    item = builder_of(cls)("a", 1, "2", MISSING, ["t"], "y")
    assert (item.secret, item.size, item.loose, item.tags) == (1, 2, 0, ["t"])
    assert (item.hidden, item.other) == (7, "y")


def test_the_old_way() -> None:
    described, cls = only_class(m.Old)
    assert fields(described) == [("x", "int", True), ("y", "any", False)]
    assert builder_of(cls)(1, MISSING) == m.Old(1)


def test_a_constructor_of_its_own() -> None:
    with pytest.raises(BindingError, match="its constructor takes text"):
        Types().describe(m.Own)
