from __future__ import annotations

import json
from pathlib import Path

from spikard._manifest import MISSING, collect

from . import bookshop

HERE = Path(__file__).parent
GOLDEN = HERE / "golden" / "bookshop.json"


def test_manifest_is_the_golden_one(update: bool) -> None:
    manifest = collect(bookshop.app, bookshop.__name__).manifest
    text = json.dumps(manifest, indent=2) + "\n"
    text = text.replace(f"{HERE}/", "")
    if update:
        GOLDEN.write_text(text)
    assert json.loads(text) == json.loads(GOLDEN.read_text())


def test_tables_have_the_sizes_that_the_manifest_says() -> None:
    collected = collect(bookshop.app, bookshop.__name__)
    manifest = collected.manifest
    assert len(collected.callables) == len(manifest["callables"])
    for described, bound in zip(manifest["callables"], collected.callables, strict=True):
        assert len(bound.defaults) == len(described["params"])
        assert bound.positional + len(bound.keywords) == len(described["params"])
        assert (bound.kind, bound.suspends) == (described["kind"], described["suspends"])
        for default, param in zip(bound.defaults, described["params"], strict=True):
            assert param["required"] == (default is MISSING)
    for described in manifest["types"].values():
        assert collected.classes[described["index"]].__name__ in described["name"]
    assert collected.converters[0] is None
    assert len(set(collected.converters)) == len(collected.converters)
