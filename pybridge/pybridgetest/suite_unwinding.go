package pybridgetest

import (
	"context"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

// A clean-up that has begun is not cancelled: it comes to its end although the
// client has left.
func testDependUnwindingCancel(t *testing.T, s *suite) {
	r := s.load(t, `
import asyncio, logging
from spikard import Provide, Spikard
app = Spikard()
log = logging.getLogger("test").info
closing = []
gate = asyncio.Event()
class Session: pass

async def outer():
    yield "outer"
    log("outer closed")

async def open_session(outer: str):
    yield Session()
    closing.append(1)
    await gate.wait()
    log("session closed")

app.provide("outer", Provide(outer))
app.provide(Session, Provide(open_session, depends_on=["outer"]))

@app.get("/")
async def get(session: Session):
    return "answer"

@app.get("/closing")
def get_closing():
    return len(closing)

@app.get("/release")
async def release():
    await asyncio.sleep(0)
    gate.set()
`)
	r.plan("/")
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan pybridge.Result, 1)
	go func() { results <- r.callWith(ctx, "/", nil) }()
	r.eventually("/closing", `1`)
	cancel()
	r.answers("/release", nil, `null`)
	if got := <-results; got.Outcome != pybridge.Answered {
		t.Errorf("got %+v", got)
	}
	if text := strings.Join(r.log.trail(), ","); text != "session closed,outer closed" {
		t.Errorf("trail %s", text)
	}
}
