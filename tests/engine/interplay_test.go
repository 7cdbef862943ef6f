//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

// asyncioApp awaits Go's functions, and has what Go awaits and iterates over.
const asyncioApp = `
import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Protocol

from spikard import GoError, Provide, Spikard

app = Spikard()

class Convert(Protocol):  # a func of Go's
    async def __call__(self, amount: int, currency: str = "EUR") -> str: ...

class Double(Protocol):  # another, which is called and not awaited
    def __call__(self, n: int) -> int: ...

class Greet(Protocol):  # a Go type with a method Call
    async def __call__(self, name: str) -> str: ...

class Feed:
    def __init__(self) -> None:
        self.trail: list[str] = []
    async def ticks(self, n: int) -> AsyncIterator[int]:
        try:
            for i in range(n):
                await asyncio.sleep(0)
                yield i
        finally:
            self.trail.append("closed")
    async def start(self, n: int) -> list[Awaitable[int]]:
        async def later() -> int:
            await asyncio.sleep(0)
            return n
        return [asyncio.ensure_future(later())]

app.provide(Feed, Provide(Feed))

@app.get("/convert")
async def convert(convert: Convert, double: Double, greet: Greet) -> list[object]:
    both = await asyncio.gather(convert(double(4)), convert(2, currency="USD"))
    task = asyncio.create_task(convert(-1))
    try:
        await task
    except GoError as exc:
        failed = str(exc)
    waits = asyncio.create_task(convert(0))
    await asyncio.sleep(0)
    waits.cancel()
    try:
        await waits
    except asyncio.CancelledError:
        both.append("cancelled")
    return [*both, failed, await greet("Ada"), asyncio.iscoroutinefunction(convert.__call__)]

@app.get("/uncaught")
async def uncaught(convert: Convert) -> str:
    return await convert(404)
`

// convert fails for what is negative, and waits for its context's end with 0.
func convert(ctx context.Context, amount int, currency string) (string, error) {
	switch {
	case amount == 0:
		<-ctx.Done()
		return "", ctx.Err()
	case amount == 404:
		return "", api.NewProblem(404, "no-rate", "There is no rate")
	case amount < 0:
		return "", errors.New("it is negative")
	}
	return strings.Repeat("I", amount) + " " + currency, nil
}

type greeter struct{ greeting string }

func (g *greeter) Call(name string) string { return g.greeting + " " + name }

type feedInput struct {
	Feed pybridge.Object `inject:"app.Feed"`
}

// sum takes the items below three, and what a task gives.
func sum(ctx context.Context, in feedInput) ([]any, error) {
	ticks, err := in.Feed.Call(ctx, "ticks", 10)
	if err != nil {
		return nil, err
	}
	defer ticks.Release()
	total := 0
	for n, err := range pybridge.All[int](ctx, ticks) {
		if err != nil {
			return nil, err
		}
		if n == 3 {
			break
		}
		total += n
	}
	trail, err := pybridge.Attr[[]string](ctx, in.Feed, "trail")
	if err != nil {
		return nil, err
	}
	tasks, err := in.Feed.Call(ctx, "start", 7)
	if err != nil {
		return nil, err
	}
	defer tasks.Release()
	out := []any{total, trail}
	for task, err := range pybridge.Iter(ctx, tasks) {
		if err != nil {
			return nil, err
		}
		n, err := pybridge.AwaitAs[int](ctx, task)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// TestAsyncio has both languages await one another, in a server.
func TestAsyncio(t *testing.T) {
	if os.Getenv(asChild) != "" {
		t.Skip("this process has another python")
	}
	var server *spikard.Server
	app := fx.New(
		fx.NopLogger, spikard.Module, chosen.Module, fx.Populate(&server),
		spikard.WithConfig(spikard.Config{Addr: "127.0.0.1:0"}),
		spikard.PythonFS(fstest.MapFS{"app.py": {Data: []byte(asyncioApp)}}, "app:app"),
		di.Supply("app.Convert", convert),
		di.Provide(func() func(int) int { return func(n int) int { return 2 * n } }, di.As("app.Double")),
		di.Supply("app.Greet", &greeter{"Hello,"}),
		spikard.Get("/sum", sum),
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
	for path, want := range map[string]string{
		"/convert": `["IIIIIIII EUR","II USD","cancelled","it is negative","Hello, Ada",true]`,
		"/sum":     `[3,["closed"],7]`,
	} {
		if status, body := get(t, server, path); status != 200 || body != want {
			t.Errorf("%s: %d\n got %s\nwant %s", path, status, body, want)
		}
	}
	if status, body := get(t, server, "/uncaught"); status != 404 || !strings.Contains(body, "There is no rate") {
		t.Errorf("/uncaught: %d %s", status, body)
	}
}

func get(t *testing.T, server *spikard.Server, path string) (int, string) {
	t.Helper()
	resp, err := http.Get("http://" + server.Addr() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}
