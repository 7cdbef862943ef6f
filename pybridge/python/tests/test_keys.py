"""The keys of types; di/name_test.go reads the same table."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from spikard._keys import key_of, qualifier, type_key
from spikard._signature import signature_of

from . import key_cases

TABLE = Path(__file__).parents[3] / "di" / "testdata" / "keys.json"
CASES: list[dict[str, str]] = json.loads(TABLE.read_text())
FUTURE = "from __future__ import annotations\n"


def readable(case: dict[str, str]) -> bool:
    since = tuple(map(int, case.get("since", "3.10").split(".")))
    return sys.version_info >= since


READABLE = [c for c in CASES if readable(c)]
ANNOTATIONS = [c for c in READABLE if not c["python"].startswith("'")]


def annotated(case: dict[str, str], code: str) -> Any:
    """The annotation of a parameter, as it is found in a function of the module."""
    namespace: dict[str, Any] = dict(vars(key_cases))
    exec(code.format(case["python"]), namespace)  # noqa: S102  # the table is our own
    [parameter] = signature_of(namespace["f"]).parameters
    return parameter.annotation


def ids(case: dict[str, str]) -> str:
    return case["python"]


@pytest.mark.parametrize("case", READABLE, ids=ids)
def test_key(case: dict[str, str]) -> None:
    annotation = eval(case["python"], dict(vars(key_cases)))  # noqa: S307  # the table is our own
    assert key_of(annotation) == case["key"]


@pytest.mark.parametrize("case", ANNOTATIONS, ids=ids)
@pytest.mark.parametrize(
    "code",
    ["def f(x: {}): ...", 'def f(x: "{}"): ...', FUTURE + "def f(x: {}): ..."],
    ids=["evaluated", "text", "future"],
)
def test_key_of_a_parameter(case: dict[str, str], code: str) -> None:
    assert key_of(annotated(case, code)) == case["key"]


@pytest.mark.parametrize("case", ANNOTATIONS, ids=ids)
def test_a_default_of_none_changes_nothing(case: dict[str, str]) -> None:
    assert key_of(annotated(case, "def f(x: {} = None): ...")) == case["key"]


@pytest.mark.parametrize("case", ANNOTATIONS, ids=ids)
def test_a_key_is_a_type_and_a_name(case: dict[str, str]) -> None:
    annotation = eval(case["python"], dict(vars(key_cases)))  # noqa: S307  # the table is our own
    name = qualifier(annotation)
    suffix = f"#{name}" if name else ""
    if case["key"].startswith("__type__"):
        assert type_key(annotation) + suffix == case["key"]
    else:
        assert name == case["key"]
