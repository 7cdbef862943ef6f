//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"context"
	"io"
	"net/http"
	"os"
	"testing"
	"testing/fstest"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

// scopeApp asks for dependencies of both languages outside of any request's own.
const scopeApp = `
from collections.abc import AsyncIterator
from typing import Protocol

from spikard import DependencyError, GoError, Provide, Spikard

app = Spikard()
log: list[str] = []

class Counter(Protocol):  # Go's, one for each scope
    async def next(self) -> int: ...

class Shared(Protocol):  # Go's, one for all
    def name(self) -> str: ...

class Cache:  # a singleton of Python's
    pass

class Untold:  # Go's, but no annotation of the app's names it
    pass

class Session:
    def __init__(self, counter: Counter, shared: Shared) -> None:
        self.counter, self.shared = counter, shared

async def open_session(counter: Counter, shared: Shared) -> AsyncIterator[Session]:
    log.append("open")
    try:
        yield Session(counter, shared)
    except ValueError as exc:
        log.append(f"failed: {exc}")
        raise
    finally:
        log.append("close")

app.provide(Cache, Provide(Cache, singleton=True))
app.provide(Session, Provide(open_session))

@app.get("/")
async def use(cache: Cache) -> list[object]:
    found: list[object] = []
    for _ in range(2):
        async with app.scope() as s:
            session = await s.get(Session)
            counter = await s.get(Counter)
            found += [await session.counter.next(), await counter.next(), session.shared.name(), await s.get(Cache) is cache]
    try:
        async with app.scope() as s:
            await s.get(Session)
            raise ValueError("no")
    except ValueError:
        pass
    try:
        async with app.scope() as s:
            await s.get(DependencyError)
    except DependencyError as exc:
        found.append("DependencyError" in str(exc))
    try:
        async with app.scope() as s:
            await s.get(Untold)
    except GoError as exc:
        found.append("app.Untold" in str(exc) and "annotated" in str(exc))
    late = counter
    try:
        await late.next()
    except RuntimeError as exc:
        found.append(str(exc))
    return [*found, log]
`

// counter counts for one scope.
type counter struct{ n int }

func (c *counter) Next(context.Context) int { c.n++; return c.n }

type sharedName struct{}

func (*sharedName) Name() string { return "shared" }

// TestScope runs app.scope() in a server, with Go's dependencies in it.
func TestScope(t *testing.T) {
	if os.Getenv(asChild) != "" {
		t.Skip("this process has another python")
	}
	var server *spikard.Server
	closed := 0
	app := fx.New(
		fx.NopLogger, spikard.Module, chosen.Module, fx.Populate(&server),
		spikard.WithConfig(spikard.Config{Addr: "127.0.0.1:0"}),
		spikard.PythonFS(fstest.MapFS{"app.py": {Data: []byte(scopeApp)}}, "app:app"),
		di.Provide(func() (*counter, func()) { return &counter{}, func() { closed++ } }, di.As("app.Counter")),
		di.Supply("app.Untold", struct{ Name string }{"x"}),
		di.Provide(func() *sharedName { return &sharedName{} }, di.As("app.Shared"), di.Singleton),
	)
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := app.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	}()
	resp, err := http.Get("http://" + server.Addr() + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	const want = `[1,2,"shared",true,1,2,"shared",true,true,true,"the Go value belongs to a request that is over",` +
		`["open","close","open","close","open","failed: no","close"]]`
	if string(body) != want {
		t.Errorf("got\n%s\nwant\n%s", body, want)
	}
	if closed != 3 {
		t.Errorf("Go's counter was closed %d times", closed)
	}
}
