package pybridgetest

import (
	"strings"
	"testing"
)

const exceptionsApp = `
import sys
from spikard import Spikard
from deeper import fail

app = Spikard()

class Odd(Exception):
    def __str__(self):
        raise ValueError("no text")

@app.get("/deeper")
def deeper():
    fail("ä\x00b")      # line 13

@app.get("/chained")
def chained():
    try:
        1 / 0
    except ZeroDivisionError as exc:
        raise LookupError("chained") from exc

RAISES = {
    "exit": lambda: sys.exit(3), "interrupt": lambda: throw(KeyboardInterrupt()),
    "generator": lambda: throw(GeneratorExit()), "odd": lambda: throw(Odd()),
    "stop": lambda: throw(StopIteration(1)), "memory": lambda: bytearray(1 << 62),
    "no memory": lambda: throw(MemoryError()), "surrogate": lambda: throw(ValueError("\ud800")),
    "group": lambda: throw(ValueError("x" * 100_000)),
}

def throw(exc):
    raise exc

@app.get("/raises")
def raises(name: str):
    RAISES[name]()

@app.get("/raises-inline")
async def raises_inline(name: str):
    RAISES[name]()

@app.get("/raises-suspending")
async def raises_suspending(name: str):
    import asyncio
    await asyncio.sleep(0)
    RAISES[name]()

@app.get("/ok")
async def ok():
    return "ok"
`

func testExceptions(t *testing.T, s *suite) {
	r := s.loadFiles(t, s.start(t), files{
		"app.py":    exceptionsApp,
		"deeper.py": "def fail(text):\n    x = 1\n    raise KeyError(text)\n",
	})
	exc := r.raises("/deeper", nil, "KeyError")
	if exc.Line != 3 || !strings.HasSuffix(exc.File, "/deeper.py") {
		t.Errorf("place %s:%d, want deeper.py:3", exc.File, exc.Line)
	}
	for _, want := range []string{"Traceback (most recent call last)", "in deeper", "in fail", "KeyError: 'ä\\x00b'"} {
		if !strings.Contains(exc.Traceback, want) {
			t.Errorf("the traceback lacks %q:\n%s", want, exc.Traceback)
		}
	}
	exc = r.raises("/chained", nil, "LookupError")
	if !strings.Contains(exc.Traceback, "ZeroDivisionError") || !strings.Contains(exc.Traceback, "direct cause") {
		t.Errorf("the cause is not in the traceback:\n%s", exc.Traceback)
	}
	for _, path := range []string{"/raises", "/raises-inline", "/raises-suspending"} {
		for name, want := range map[string]string{
			"exit": "SystemExit", "interrupt": "KeyboardInterrupt", "generator": "GeneratorExit",
			"odd": "app.Odd", "memory": "MemoryError", "no memory": "MemoryError",
			"surrogate": "ValueError", "group": "ValueError",
		} {
			exc := r.raises(path, given{"name": str(name)}, want)
			if strings.Contains(exc.Traceback, "spikard/_") {
				t.Errorf("%s %s: the traceback shows the engine's frames:\n%s", path, name, exc.Traceback)
			}
			if name != "memory" && exc.Line == 0 {
				t.Errorf("%s %s: no line", path, name)
			}
		}
		r.answers("/ok", nil, `"ok"`)
	}
	if exc := r.raises("/raises", given{"name": str("odd")}, "app.Odd"); !strings.Contains(exc.Message, "ValueError") {
		t.Errorf("message %q does not say that str() failed", exc.Message)
	}
}

// Endless recursion of each kind: in Python, through C code, and in what the
// encoder calls.
func testRecursion(t *testing.T, s *suite) {
	r := s.load(t, `
import asyncio
from spikard import Spikard
app = Spikard()

def down(n=0):
    return down(n + 1)

class Endless:
    def __getattr__(self, name):
        return getattr(self, name + "x")
    def __repr__(self):
        return repr(self)
    def __iter__(self):
        return iter(self)

def through_c(kind):
    e = Endless()
    if kind == "repr":
        repr(e)
    elif kind == "getattr":
        e.x
    elif kind == "sort":
        def key(x):
            return sorted([1, 2], key=key)
        key(1)
    else:
        down()

KINDS = ("python", "repr", "getattr", "sort")

@app.get("/sync")
def sync(kind: str):
    through_c(kind)

@app.get("/inline")
async def inline(kind: str):
    through_c(kind)

@app.get("/suspending")
async def suspending(kind: str):
    await asyncio.sleep(0)
    through_c(kind)

@app.get("/coroutines")
async def coroutines():
    async def deeper():
        await deeper()
    await deeper()

@app.get("/ok")
async def ok():
    await asyncio.sleep(0)
    return "ok"
`)
	for _, path := range []string{"/sync", "/inline", "/suspending"} {
		for _, kind := range []string{"python", "repr", "getattr", "sort"} {
			for range 3 {
				exc := r.raises(path, given{"kind": str(kind)}, "RecursionError")
				if n := strings.Count(exc.Traceback, "\n"); n > 400 {
					t.Errorf("%s %s: the traceback has %d lines", path, kind, n)
				}
			}
		}
	}
	_ = r.raises("/coroutines", nil, "RecursionError")
	r.answers("/ok", nil, `"ok"`)
}
