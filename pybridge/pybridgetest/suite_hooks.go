package pybridgetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

const hooksApp = `
import asyncio
from collections.abc import Iterator
from spikard import Provide, Request, Response, Spikard
app = Spikard()
trail = []
class A: pass
def make_a() -> Iterator[A]:
    yield A()
    trail.append("close a")
app.provide(A, Provide(make_a))

@app.pre_handler
def first(request: Request, a: A):
    request.state.user = "u"
    trail.append("first")

@app.pre_handler
async def second(request: Request):
    if request.headers["x-name"] != "é":
        return Response("refused", status_code=401)

%s

@app.on_response
def stamp(response: Response):
    trail.append(f"stamp {response.status_code}")
    response.headers["x-stamp"] = "1"

@app.on_response
async def replace(response: Response):
    if response.status_code == 202:
        return Response("replaced", status_code=203, headers=dict(response.headers))

@app.get("/state")
def state(request: Request):
    return request.state.user

@app.get("/replaced", status_code=202)
async def replaced(request: Request):
    return None

@app.get("/raises")
def raises(request: Request):
    raise ValueError("x")

@app.get("/trail")
def get_trail(request: Request):
    out = list(trail)
    trail.clear()
    return out
`

const suspendingHook = `
@app.pre_handler
async def third(request: Request):
    await asyncio.sleep(0)
`

func testHooks(t *testing.T, s *suite) {
	for name, hook := range map[string]string{"inline": "", "suspending": suspendingHook} {
		t.Run(name, func(t *testing.T) {
			r := s.load(t, fmt.Sprintf(hooksApp, hook))
			stamp := []pybridge.HeaderLine{{Name: "x-stamp", Value: "1"}}
			got := r.call("/state", nil)
			if string(got.Body) != `"u"` || !slices.Equal(got.Header, stamp) {
				t.Errorf("got %s with %v, exception %v", got.Body, got.Header, got.Exception)
			}
			r.call("/trail", nil)
			got = r.call("/state", given{"request": requestNamed("other")})
			if got.Status != 401 || string(got.Body) != `"refused"` || !slices.Equal(got.Header, stamp) {
				t.Errorf("got %d %s with %v", got.Status, got.Body, got.Header)
			}
			got = r.call("/replaced", nil)
			if got.Status != 203 || string(got.Body) != `"replaced"` || !slices.Equal(got.Header, stamp) {
				t.Errorf("got %d %s with %v", got.Status, got.Body, got.Header)
			}
			r.call("/trail", nil)
			_ = r.raises("/raises", nil, "ValueError")
			r.trail("stamp 200", "close a", "first", "stamp 500", "first")
		})
	}
}
