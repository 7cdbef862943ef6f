// Package asyncio runs CPython's own test_asyncio on the engine's event loop and
// compares each test's outcome with that on the stock loop, in an interpreter of its
// own. What differs has to be in testdata/differences.txt, with the reason.
//
// In the engine a request's handler runs the tests (app.py, run.py). Their loops are of
// the engine's class, and take the engine's steps, between which a driver waits for the
// selector's descriptor as loop.go does (driven.py).
//
// The test files belong to a Python: pyenv's have them, Debian's get them with
// libpython3.11-testsuite and the like, the embedded one has none. Without -full a few
// modules run, on the newest Python that has them; with it, all on each version:
//
//	go test -v -timeout 0 ./tests/asyncio -full
package asyncio
