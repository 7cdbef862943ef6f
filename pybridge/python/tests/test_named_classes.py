"""Classes that Annotated gives several keys."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from spikard import Spikard
from spikard._keys import key_of
from tests.describing import collected


class Store:
    def count(self) -> int:
        return 0


Ours = Annotated[Store, "ours"]  # provided by the app
Theirs = Annotated[Store, "theirs"]  # left to Go


def ours_first(a: Ours, b: Theirs) -> None: ...


def theirs_first(b: Theirs, a: Ours) -> None: ...


@pytest.mark.parametrize("handler", [ours_first, theirs_first])
def test_go_may_provide_one_of_two_names(handler: Any) -> None:
    app = Spikard()
    app.provide(Ours, Store())
    app.get("/")(handler)
    described = collected(app).manifest["types"][key_of(Theirs)]
    assert [m["name"] for m in described["methods"]] == ["count"]
