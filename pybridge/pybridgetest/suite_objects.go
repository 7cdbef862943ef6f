package pybridgetest

import (
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

const objectsApp = `
import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from spikard import Provide, Spikard
app = Spikard()
trail = []

@dataclass
class Account:
    name: str

class Session: pass
class Remote: pass
class Broken: pass

def account():
    return Account("ada")

def session(a: Account) -> Iterator[Session]:
    yield Session()
    trail.append("close session")

async def remote() -> AsyncIterator[Remote]:
    await asyncio.sleep(0)
    yield Remote()
    await asyncio.sleep(0)
    trail.append("close remote")

def broken() -> Iterator[Broken]:
    yield Broken()
    raise ValueError("at the end")

app.provide(Account, Provide(account))
app.provide(Session, Provide(session))
app.provide(Remote, Provide(remote))
app.provide(Broken, Provide(broken))

@app.get("/use")
def use(v: str):
    return [type(v).__name__, getattr(v, "name", None)]

@app.get("/trail")
def get_trail():
    out = list(trail)
    trail.clear()
    return out
`

func testObjects(t *testing.T, s *suite) {
	r := s.load(t, objectsApp)
	key := func(name string) string { return "__type__app." + name }
	b := newBuilder(r.app.Manifest())
	p := r.compile(b, b.outputs(key("Account"), key("Session"), key("Remote")))
	for range 3 {
		result := r.values(p, 3)
		account := result.Objects[0]
		if text, err := account.JSON(t.Context()); err != nil || string(text) != `{"name":"ada"}` {
			t.Errorf("JSON: %s, %v", text, err)
		}
		if got := account.TypeKey(); got != key("Account") {
			t.Errorf("type key %q", got)
		}
		if _, err := result.Objects[1].JSON(t.Context()); err == nil {
			t.Error("an object without a JSON form was written")
		}
		r.answers("/use", given{"v": func(w *wire.Writer) { w.PyObject(account.Handle()) }}, `["Account","ada"]`)
		r.answers("/trail", nil, `[]`)
		account.Release()
		result.Release()
		r.trail("close remote", "close session")
		if text, err := account.JSON(t.Context()); err == nil {
			t.Errorf("an object of a released result gave %s", text)
		}
	}
	b = newBuilder(r.app.Manifest())
	result := r.values(r.compile(b, b.outputs(key("Broken"))), 1)
	result.Release()
	if record, ok := r.log.find("clean-up of providers failed"); !ok || record.attrs["error"] != "ValueError: at the end" {
		t.Errorf("a clean-up that failed was not logged: %v", r.log.messages())
	}
}

func (r *running) values(p *plan, n int) pybridge.Result {
	r.t.Helper()
	result, err := p.callable.Call(r.t.Context(), p.input(nil), pybridge.CallInfo{})
	if err != nil || result.Outcome != pybridge.Values || len(result.Objects) != n {
		r.t.Fatalf("outcome %d, exception %v, error %v", result.Outcome, result.Exception, err)
	}
	return result
}
