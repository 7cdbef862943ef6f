package pybridgetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

const iterateApp = `
import asyncio, contextvars, gc, io, logging, sys, threading
from spikard import GoError, Provide, Spikard
app = Spikard()
trail = []
var = contextvars.ContextVar("var", default="unset")

class Items:
    def __init__(self, *items):
        self.items = items
    def __getitem__(self, i):
        return self.items[i]

class Ticker:
    """Not a generator: it is not closed."""
    def __init__(self):
        self.n = 0
        self.closed = False
    def __aiter__(self):
        return self
    async def __anext__(self):
        await asyncio.sleep(0)
        self.n += 1
        return self.n
    async def aclose(self):
        trail.append("closed the ticker")

class Refuses:
    def __aiter__(self):
        raise LookupError("no iterator")

class Item:
    def __init__(self, n):
        self.n = n

class Gate:
    def open(self): ...
    def ask(self): ...
    async def fetch(self) -> int: ...

class Source:
    def __init__(self):
        self.list = [1, "zwei", [3]]
        self.dict = {"a": 1, "b": 2}
        self.items = Items(1, 2)
        self.ticker = Ticker()
        self.refuses = Refuses()
        self.file = io.StringIO("a\nb\nc\n")
    def count(self, n):
        trail.append("begin")
        token = var.set("sync")
        try:
            for i in range(n):
                yield i
                assert var.get() == "sync"
        except GeneratorExit:
            trail.append("exit")
            raise
        finally:
            var.reset(token)
            trail.append("end")
    async def _acount(self, n):
        task = asyncio.current_task()
        token = var.set("async")
        thread = threading.get_ident()
        try:
            for i in range(n):
                if i % 2:
                    await asyncio.sleep(0)
                yield i
                assert var.get() == "async"
                assert asyncio.current_task() is task
                assert threading.get_ident() == thread
        except GeneratorExit:
            trail.append("exit")
            raise
        finally:
            await asyncio.sleep(0)
            var.reset(token)
            trail.append("end")
    def acount(self, n):
        return self._acount(n)
    def fails(self, n):
        yield from range(n)
        raise LookupError("böse")
    async def afails(self, n):
        for i in range(n):
            yield i
        await asyncio.sleep(0)
        raise LookupError("böse")
    def things(self, n):
        for i in range(n):
            yield Item(i)
    async def athings(self, n):
        for i in range(n):
            yield Item(i)
    def bad_end(self):
        try:
            yield 1
            yield 2
        finally:
            raise ValueError("at the end")
    async def abad_end(self):
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            raise ValueError("at the end")
    async def exits(self):
        yield 1
        await asyncio.sleep(0)
        sys.exit(3)
    async def waits(self, gate):
        try:
            yield 1
            gate.open()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            trail.append("end")
    async def timeout(self):
        try:
            async with asyncio.timeout(None) as scope:
                yield "entered"
                loop = asyncio.get_running_loop()
                scope.reschedule(loop.time())
                yield "late"
                trail.append("went on")
        except TimeoutError:
            yield "timed out"
    async def group(self):
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.Event().wait())
            yield 1
            yield 2
    async def fetches(self, gate):
        first = asyncio.ensure_future(gate.fetch())
        yield "begun"
        yield await first
        yield await gate.fetch()
    def logs(self):
        try:
            yield 1
        finally:
            logging.getLogger("test").info("logs has ended")
    async def alogs(self):
        try:
            yield 1
        finally:
            await asyncio.sleep(0)
            logging.getLogger("test").info("alogs has ended")
    async def begin(self):
        return [asyncio.ensure_future(self.passes())]
    async def passes(self):
        """Lets the loop run what is ready."""
        for _ in range(5):
            await asyncio.sleep(0)
    async def tasks(self):
        await asyncio.sleep(0)
        gc.collect()
        return len(asyncio.all_tasks()) - 1

source = Source()
app.provide(Source, Provide(lambda: source))

@app.get("/ask-async")
async def ask_async(v: str):
    await asyncio.sleep(0)
    return v.ask()
@app.get("/trail")
def get_trail():
    out = list(trail)
    trail.clear()
    return out
@app.get("/alive")
def alive():
    gc.collect()
    return sum(isinstance(o, Item) for o in gc.get_objects())
@app.get("/objects")
def objects():
    gc.collect()
    gc.collect()
    return len(gc.get_objects())
@app.get("/needs")
def needs(s: Source, g: Gate): ...
`

// iterating is a running app with a source of things to iterate over.
type iterating struct {
	*running
	source pybridge.Object
}

func (s *suite) iterating(t *testing.T) (*iterating, func()) {
	t.Helper()
	r := s.load(t, iterateApp)
	b := newBuilder(r.app.Manifest())
	result := r.values(r.compile(b, b.outputs("__type__app.Source")), 1)
	return &iterating{r, result.Objects[0]}, result.Release
}

// of is what a method of the source gives, or an attribute.
func (r *iterating) of(method string, args ...any) pybridge.Object {
	r.t.Helper()
	get := r.source.Call
	if slices.Contains([]string{"list", "dict", "items", "ticker", "refuses", "file"}, method) {
		get = func(ctx context.Context, name string, _ ...any) (pybridge.Object, error) {
			return r.source.Attr(ctx, name)
		}
	}
	object, err := get(r.t.Context(), method, args...)
	if err != nil {
		r.t.Fatal(err)
	}
	return object
}

// collect is the items as text, and the error of the last pair.
func collect(ctx context.Context, o pybridge.Object) ([]string, error) {
	var out []string
	for item, err := range pybridge.Iter(ctx, o) {
		if err != nil {
			return out, err
		}
		text, err := item.JSON(ctx)
		if err != nil {
			return out, err
		}
		out = append(out, string(text))
	}
	return out, nil
}

func testIterate(t *testing.T, s *suite) {
	r, release := s.iterating(t)
	defer release()
	ctx := t.Context()
	for _, c := range []struct {
		method string
		args   []any
		want   string
		err    string
		trail  []string
	}{
		{method: "list", want: `1 "zwei" [3]`},
		{method: "dict", want: `"a" "b"`},
		{method: "items", want: `1 2`},
		{method: "count", args: []any{3}, want: "0 1 2", trail: []string{"begin", "end"}},
		{method: "acount", args: []any{4}, want: "0 1 2 3", trail: []string{"end"}},
		{method: "acount", args: []any{0}, trail: []string{"end"}},
		{method: "fails", args: []any{2}, want: "0 1", err: "LookupError: böse"},
		{method: "afails", args: []any{2}, want: "0 1", err: "LookupError: böse"},
		{method: "afails", args: []any{0}, err: "LookupError: böse"},
		{method: "exits", want: "1", err: "SystemExit: 3"},
		{method: "refuses", err: "LookupError: no iterator"},
		{method: "bad_end", want: "1 2", err: "ValueError: at the end"},
	} {
		object := r.of(c.method, c.args...)
		got, err := collect(ctx, object)
		if text := strings.Join(got, " "); text != c.want || (err == nil) != (c.err == "") {
			t.Errorf("%s(%v): %s, %v, want %s", c.method, c.args, text, err, c.want)
		}
		if c.err != "" {
			if exc := isAnException(t, err); exc.Error() != c.err {
				t.Errorf("%s(%v): %v, want %s", c.method, c.args, exc, c.err)
			}
		}
		checkTrail(t, r.running, c.trail)
		// A generator that has ended has nothing more.
		if strings.HasSuffix(c.method, "count") || strings.HasSuffix(c.method, "fails") {
			if again, err := collect(ctx, object); len(again) > 0 || err != nil {
				t.Errorf("%s(%v) again: %v, %v", c.method, c.args, again, err)
			}
		}
		object.Release()
	}
	_, err := collect(ctx, r.source)
	if exc := isException(t, err, "TypeError"); !strings.Contains(exc.Message, "not iterable") {
		t.Errorf("what is no iterable: %v", exc)
	}
	if n, err := pybridge.Call[int](ctx, r.source, "tasks"); err != nil || n != 0 {
		t.Errorf("%d tasks are left, %v", n, err)
	}
}

func testIterateAll(t *testing.T, s *suite) {
	r, release := s.iterating(t)
	defer release()
	sum := 0
	numbers := r.of("acount", 4)
	defer numbers.Release()
	for n, err := range pybridge.All[int](t.Context(), numbers) {
		if err != nil {
			t.Error(err)
		}
		sum += n
	}
	if sum != 6 {
		t.Errorf("the sum is %d", sum)
	}
	things := r.of("athings", 2)
	defer things.Release()
	var pairs []string
	for n, err := range pybridge.All[int](t.Context(), things) {
		pairs = append(pairs, fmt.Sprint(n, err != nil))
	}
	if !slices.Equal(pairs, []string{"0 true"}) {
		t.Errorf("items that are no numbers: %v", pairs)
	}
}

// A loop that is left early closes a generator, and nothing else.
func testIterateBreak(t *testing.T, s *suite) {
	r, release := s.iterating(t)
	defer release()
	ctx := t.Context()
	for _, method := range []string{"count", "acount"} {
		for name, leave := range map[string]func(pybridge.Object){
			"break": func(o pybridge.Object) {
				for _, err := range pybridge.Iter(ctx, o) {
					if err != nil {
						t.Error(err)
					}
					break
				}
			},
			"panic": func(o pybridge.Object) {
				defer func() {
					if recover() == nil {
						t.Error("the panic is gone")
					}
				}()
				for _, err := range pybridge.Iter(ctx, o) {
					panic(errors.Join(err, errUse))
				}
			},
		} {
			object := r.of(method, 3)
			leave(object)
			want := []string{"begin", "exit", "end"}
			checkTrail(t, r.running, want[len(want)-map[string]int{"count": 3, "acount": 2}[method]:])
			if got, err := collect(ctx, object); len(got) > 0 || err != nil {
				t.Errorf("%s after a %s: %v, %v", method, name, got, err)
			}
			object.Release()
		}
	}
	for method, want := range map[string]string{"ticker": "2", "file": `"b\n"`} {
		object := r.of(method)
		for _, first := range []bool{true, false} {
			for item, err := range pybridge.Iter(ctx, object) {
				text, _ := item.JSON(ctx)
				if err != nil || !first && string(text) != want {
					t.Errorf("%s: %s, %v", method, text, err)
				}
				break
			}
		}
		object.Release()
	}
	checkTrail(t, r.running, nil)
	for _, method := range []string{"bad_end", "abad_end"} {
		object := r.of(method)
		for _, err := range pybridge.Iter(ctx, object) {
			if err != nil {
				t.Error(err)
			}
			break
		}
		object.Release()
	}
	const failed = "closing a python iterator failed"
	logged := slices.DeleteFunc(r.log.messages(), func(m string) bool { return m != failed })
	if len(logged) != 2 {
		t.Errorf("what closing raises was logged %d times", len(logged))
	}
	if record, _ := r.log.find(failed); record.attrs["error"] != "ValueError: at the end" {
		t.Errorf("what closing raises: %v was logged", record.attrs)
	}
	if n, err := pybridge.Call[int](ctx, r.source, "tasks"); err != nil || n != 0 {
		t.Errorf("%d tasks are left, %v", n, err)
	}
}

// The end of the context ends an iteration, wherever it is.
func testIterateCancel(t *testing.T, s *suite) {
	r, release := s.iterating(t)
	defer release()
	for _, method := range []string{"count", "acount"} {
		ctx, cancel := context.WithCancel(t.Context())
		object := r.of(method, 3)
		n := 0
		var last error
		for item, err := range pybridge.Iter(ctx, object) {
			n++
			last = err
			if err == nil {
				cancel()
				continue
			}
			if item != nil {
				t.Errorf("%s: an item beside %v", method, err)
			}
			// The generator is closed by now.
			checkTrail(t, r.running, map[string][]string{"count": {"begin", "exit", "end"}, "acount": {"exit", "end"}}[method])
		}
		if n != 2 || !errors.Is(last, context.Canceled) {
			t.Errorf("%s: %d pairs, %v", method, n, last)
		}
		object.Release()
		cancel()
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	open := func(context.Context, any, []byte, *wire.Writer) error { cancel(); return nil }
	gate := r.object(r.gate3(open, open, open))
	defer gate.Release()
	object := r.of("waits", gate)
	defer object.Release()
	if got, err := collect(ctx, object); len(got) != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("in the midst of an await: %v, %v", got, err)
	}
	r.trail("end")
	if got, err := collect(ctx, object); len(got) != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v, %v", got, err)
	}
	if n, err := pybridge.Call[int](t.Context(), r.source, "tasks"); err != nil || n != 0 {
		t.Errorf("%d tasks are left, %v", n, err)
	}
}
