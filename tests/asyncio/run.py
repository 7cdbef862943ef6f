"""Runs one module of CPython's test_asyncio and tells how each of its tests went.

`python run.py MODULE FILE` does so with the stock loop; app.py imports it in the
engine. SPIKARD_ASYNCIO_LEFT_OUT names the tests that are not to be run.
"""

# ruff: noqa: N802, N815  # unittest's own names
from __future__ import annotations

import faulthandler
import fnmatch
import io
import json
import os
import sys
import traceback
import unittest
import warnings
from typing import Any

PACKAGE = "test.test_asyncio."
LIMIT = 600  # seconds for a module; what hangs is shown by its stacks


class Outcomes(unittest.TestResult):
    """One word for each test, and why for those that did not pass."""

    def __init__(self) -> None:
        super().__init__()
        self.words: dict[str, str] = {}
        self.reasons: dict[str, str] = {}

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.words[name_of(test)] = "passed"

    def _note(self, test: Any, word: str, reason: str) -> None:
        self.words[name_of(test)] = word
        self.reasons[name_of(test)] = reason

    def addSkip(self, test: Any, reason: str) -> None:
        super().addSkip(test, reason)
        self._note(test, "skipped", reason)

    def addError(self, test: Any, err: Any) -> None:
        self._note(test, "failed", "".join(traceback.format_exception(*err)))

    addFailure = addError

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is not None:
            self._note(test, "failed", "".join(traceback.format_exception(*err)))

    def addUnexpectedSuccess(self, test: Any) -> None:
        self._note(test, "failed", "unexpected success")


def name_of(test: Any) -> str:
    """module.Class.test; the class or the module where its set-up is meant."""
    name: str = test.id()
    if "(" in name:  # setUpClass (test.test_asyncio.test_x.Class)
        name = name[name.index("(") + 1 : -1]
    return name.removeprefix(PACKAGE)


def tests_of(suite: unittest.TestSuite) -> list[unittest.TestCase]:
    """The tests of a suite in their order."""
    found: list[unittest.TestCase] = []
    for item in suite:
        found += tests_of(item) if isinstance(item, unittest.TestSuite) else [item]  # type: ignore[list-item]
    return found


def attempt(names: list[str] | None, module: str, left_out: list[str]) -> Outcomes:
    """Runs the named tests, or all, but those that are left out."""
    loader, outcomes = unittest.TestLoader(), Outcomes()
    try:
        suite = loader.loadTestsFromName(PACKAGE + module)
    except unittest.SkipTest as skip:  # the whole module, as those for Windows
        outcomes.words[module], outcomes.reasons[module] = "skipped", str(skip)
        return outcomes
    chosen = [t for t in tests_of(suite) if names is None or name_of(t) in names]
    kept = unittest.TestSuite()
    for test in chosen:
        if any(fnmatch.fnmatchcase(name_of(test), pattern) for pattern in left_out):
            outcomes._note(test, "left out", "")
        else:
            kept.addTest(test)
    kept.run(outcomes)
    return outcomes


def run(module: str) -> dict[str, Any]:
    """The words and the reasons of a module's tests.

    What fails is tried once more, as CPython's own runner does: some tests
    count on a machine with nothing else to do.
    """
    faulthandler.dump_traceback_later(LIMIT, exit=True, file=sys.__stderr__)
    warnings.simplefilter("default")
    left_out = os.environ.get("SPIKARD_ASYNCIO_LEFT_OUT", "").split()
    noise, sys.stderr = sys.stderr, io.StringIO()
    try:
        outcomes = attempt(None, module, left_out)
        failed = [n for n, word in outcomes.words.items() if word == "failed"]
        if failed:
            again = attempt(failed, module, [])
            for name in failed:
                word = again.words.get(name, "failed")
                outcomes.words[name] = "passed on the second try" if word == "passed" else word
    finally:
        sys.stderr = noise
        faulthandler.cancel_dump_traceback_later()
    return {"words": outcomes.words, "reasons": outcomes.reasons}


if __name__ == "__main__":
    result = run(sys.argv[1])
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        json.dump(result, out)
