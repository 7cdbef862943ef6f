package pybridgetest

import (
	"context"
	"errors"
	"math"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

const objectUseApp = `
import asyncio, gc, sys
from spikard import GoError, Provide, Spikard
app = Spikard()
trail = []

class Line:
    def __init__(self, text):
        self.text = text

class Service:
    def __init__(self):
        self.name = "järn"
        self.lines = [Line("a")]
        self.line = Line("b")
        self.entered = False
    @property
    def broken(self):
        raise LookupError("no property")
    def __call__(self, n):
        return n + 1
    def echo(self, *args):
        return [repr(args), args[-1]]
    def text_of(self, line):
        assert line is self.line
        return line.text
    def fail(self, text):
        raise ValueError(text)
    async def later(self, v):
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0)
        return [v, loop is asyncio.get_running_loop()]
    async def at_once(self, v):
        return v
    async def fail_later(self):
        await asyncio.sleep(0)
        raise KeyError("later")
    async def forever(self, gate):
        try:
            gate.open()
            await asyncio.Event().wait()
        finally:
            trail.append("cancelled")

service = Service()
app.provide(Service, Provide(lambda: service))

class Gate:
    def open(self): ...
    def ask(self): ...

@app.get("/ask")
def ask(v: str):
    return v.ask()

@app.get("/ask-async")
async def ask_async(v: str):
    await asyncio.sleep(0)
    return v.ask()

@app.get("/use")
def use(v: str):
    return type(v).__name__

@app.get("/count")
def count():
    gc.collect()
    return [sys.getrefcount(x) for x in (service, service.line, service.lines, Line)]

@app.get("/trail")
def get_trail():
    out = list(trail)
    trail.clear()
    return out

@app.get("/needs")
def needs(s: Service, g: Gate): ...
`

// service gives the app's service, lent by the result, which the test releases.
func (r *running) service() (pybridge.Object, pybridge.Result) {
	r.t.Helper()
	b := newBuilder(r.app.Manifest())
	result := r.values(r.compile(b, b.outputs("__type__app.Service")), 1)
	return result.Objects[0], result
}

// gate is a Go value with the two methods of the class Gate.
func (r *running) gate(open, ask pybridge.GoMethod) value {
	r.t.Helper()
	class := r.app.Manifest().Types["__type__app.Gate"]
	export, err := r.app.Export(pybridge.Exported{Class: class.Index, Methods: []pybridge.GoMethod{open, ask}})
	if err != nil {
		r.t.Fatal(err)
	}
	handle, err := r.app.Keep(export, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return func(w *wire.Writer) { w.GoValue(handle) }
}

// isException checks for an exception of a type and gives it.
func isException(t *testing.T, err error, want string) *pybridge.Exception {
	t.Helper()
	var exc *pybridge.Exception
	if !errors.As(err, &exc) || exc.Type != want {
		t.Fatalf("got %v, want a %s", err, want)
	}
	return exc
}

func testObjectUse(t *testing.T, s *suite) {
	r := s.load(t, objectUseApp)
	service, result := r.service()
	defer result.Release()
	ctx := t.Context()
	if got, err := pybridge.Attr[string](ctx, service, "name"); err != nil || got != "järn" {
		t.Errorf("an attribute: %q, %v", got, err)
	}
	line, err := service.Attr(ctx, "line")
	if err != nil {
		t.Fatal(err)
	}
	defer line.Release()
	if got := line.TypeKey(); got != "__type__app.Line" {
		t.Errorf("an attribute's type key: %q", got)
	}
	if got, err := pybridge.Call[string](ctx, service, "text_of", line); err != nil || got != "b" {
		t.Errorf("a method with an object: %q, %v", got, err)
	}
	if got, err := pybridge.Call[int](ctx, service, "", 41); err != nil || got != 42 {
		t.Errorf("the object itself: %d, %v", got, err)
	}
	testObjectArguments(t, service)
	_, err = service.Attr(ctx, "nothing")
	_ = isException(t, err, "AttributeError")
	_, err = service.Attr(ctx, "broken")
	_ = isException(t, err, "LookupError")
	_, err = service.Call(ctx, "nothing")
	_ = isException(t, err, "AttributeError")
	_, err = service.Call(ctx, "fail")
	_ = isException(t, err, "TypeError")
	_, err = service.Call(ctx, "fail", "böse")
	exc := isException(t, err, "ValueError")
	if exc.Message != "böse" || !strings.HasSuffix(exc.File, "app.py") || exc.Line == 0 || !strings.Contains(exc.Traceback, "in fail") {
		t.Errorf("the exception of a method: %+v", exc)
	}
	if _, err := pybridge.As[int](ctx, service); err == nil || !strings.Contains(err.Error(), "app.Service as int") {
		t.Errorf("an object that is no int: %v", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := service.Attr(ended, "name"); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}

func testObjectArguments(t *testing.T, service pybridge.Object) {
	t.Helper()
	big, _ := new(big.Int).SetString("-123456789012345678901", 10)
	args := []any{
		nil, true, false, "é\"\u2028", 7, int64(math.MinInt64), uint64(math.MaxUint64), big, 1.5, 1e300,
		[]any{},
		map[string]any{},
		[]any{1, []string{"x"}},
		struct {
			Z int    `json:"z"`
			A string `json:"a"`
		}{1, "two"},
	}
	got, err := pybridge.Call[[]any](t.Context(), service, "echo", args...)
	if err != nil {
		t.Fatal(err)
	}
	want := `(None, True, False, 'é"\u2028', 7, -9223372036854775808, 18446744073709551615, -123456789012345678901, ` +
		`1.5, 1e+300, [], {}, [1, ['x']], {'z': 1, 'a': 'two'})`
	if got[0] != want {
		t.Errorf("arguments:\n got %s\nwant %s", got[0], want)
	}
	if _, err := service.Call(t.Context(), "echo", 1, make(chan int)); err == nil || !strings.Contains(err.Error(), "argument 2: json") {
		t.Errorf("an argument without a JSON form: %v", err)
	}
}

func testObjectOfAnotherApp(t *testing.T, s *suite) {
	engine := s.start(t)
	one := s.loadFiles(t, engine, files{"app.py": objectUseApp})
	other := s.loadFiles(t, engine, files{"app.py": objectUseApp})
	service, result := one.service()
	defer result.Release()
	foreign, otherResult := other.service()
	defer otherResult.Release()
	if _, err := service.Call(t.Context(), "echo", foreign); err == nil || !strings.Contains(err.Error(), "another app") {
		t.Errorf("got %v", err)
	}
}

func testObjectCoroutines(t *testing.T, s *suite) {
	r := s.load(t, objectUseApp)
	service, result := r.service()
	defer result.Release()
	ctx := t.Context()
	if got, err := pybridge.Call[[]any](ctx, service, "later", "x"); err != nil || got[0] != "x" || got[1] != true {
		t.Errorf("a coroutine: %v, %v", got, err)
	}
	if got, err := pybridge.Call[string](ctx, service, "at_once", "x"); err != nil || got != "x" {
		t.Errorf("a coroutine that does not suspend: %v, %v", got, err)
	}
	_, err := service.Call(ctx, "fail_later")
	if exc := isException(t, err, "KeyError"); !strings.Contains(exc.Traceback, "in fail_later") {
		t.Errorf("the exception of a coroutine: %+v", exc)
	}
	// Cancelled from within, the context's end is what the caller learns.
	ended, cancel := context.WithCancel(context.WithValue(ctx, contextKey{}, "x"))
	defer cancel()
	open := func(ctx context.Context, _ any, _ []byte, out *wire.Writer) error {
		if ctx.Value(contextKey{}) == nil {
			t.Error("the context of Call did not arrive")
		}
		cancel()
		out.Null()
		return nil
	}
	ask := func(ctx context.Context, _ any, _ []byte, out *wire.Writer) error {
		got, err := pybridge.Call[[]any](ctx, service, "later", "asked")
		if err != nil {
			out.Str(err.Error())
			return nil
		}
		out.Str(got[0].(string))
		return nil
	}
	gate := r.gate(open, ask)
	object := r.object(gate)
	defer object.Release()
	if _, err := service.Call(ended, "forever", object); !errors.Is(err, context.Canceled) {
		t.Errorf("a coroutine that was cancelled: %v", err)
	}
	r.answers("/trail", nil, `["cancelled"]`)
	r.answers("/ask", given{"v": gate}, `"asked"`)
	got := r.call("/ask-async", given{"v": gate})
	if !strings.Contains(string(got.Body), "its event loop waits for that method") {
		t.Errorf("a coroutine within the loop: %s %v", got.Body, got.Exception)
	}
	r.answers("/ask", given{"v": gate}, `"asked"`) // the loop goes on
}

// object is what Python sees for a value, as an object of Go's.
func (r *running) object(v value) pybridge.Object {
	r.t.Helper()
	p, err := r.app.Compile(pybridge.Program{Name: "object", Inputs: []pybridge.Input{{Callable: -1}}, Outputs: []int{0}})
	if err != nil {
		r.t.Fatal(err)
	}
	var w wire.Writer
	v(&w)
	result, err := p.Call(r.t.Context(), w.Bytes(), pybridge.CallInfo{})
	if err != nil || result.Outcome != pybridge.Values {
		r.t.Fatalf("outcome %d, exception %v, error %v", result.Outcome, result.Exception, err)
	}
	defer result.Release()
	kept, err := result.Objects[0].Keep(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return kept
}

// An app has a loop for the methods of its classes as well; without one, the
// error says so.
func testObjectCoroutinesOfSyncApp(t *testing.T, s *suite) {
	const app = `
import asyncio
from spikard import Provide, Spikard
app = Spikard()
class Hidden:
    async def later(self):
        await asyncio.sleep(0)
        return 1
class Service(%s):
    def hidden(self):
        return Hidden()
def make():
    return Service()
app.provide(Service, Provide(make))
@app.get("/needs")
def needs(s: Service): ...
`
	with := s.load(t, strings.Replace(app, "%s", "Hidden", 1))
	service, result := with.service()
	defer result.Release()
	if got, err := pybridge.Call[int](t.Context(), service, "later"); err != nil || got != 1 {
		t.Errorf("got %d, %v", got, err)
	}
	without := s.load(t, strings.Replace(app, "%s", "", 1))
	service, other := without.service()
	defer other.Release()
	hidden, err := service.Call(t.Context(), "hidden")
	if err != nil {
		t.Fatal(err)
	}
	defer hidden.Release()
	if _, err := hidden.Call(t.Context(), "later"); err == nil || !strings.Contains(err.Error(), "the app has no event loop") {
		t.Errorf("a coroutine without a loop: %v", err)
	}
}

// isReleased checks the error of what is used too late.
func isReleased(t *testing.T, err error) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), "was released") {
		t.Errorf("used after its release: %v", err)
	}
}

func testObjectLifetimes(t *testing.T, s *suite) {
	r := s.load(t, objectUseApp)
	ctx := t.Context()
	service, result := r.service()
	kept, err := service.Keep(ctx)
	if err != nil {
		t.Fatal(err)
	}
	line, err := service.Attr(ctx, "line")
	if err != nil {
		t.Fatal(err)
	}
	service.Release() // the call's
	if _, err := service.JSON(ctx); err == nil {
		t.Error("an object without a JSON form was written")
	}
	result.Release()
	_, err = service.Attr(ctx, "name")
	isReleased(t, err)
	_, err = service.JSON(ctx)
	isReleased(t, err)
	_, err = service.Call(ctx, "echo", 1)
	isReleased(t, err)
	_, err = service.Keep(ctx)
	isReleased(t, err)
	if got := service.TypeKey(); got != "" {
		t.Errorf("the type key of an object that was released: %q", got)
	}
	if got, err := pybridge.Call[string](ctx, kept, "text_of", line); err != nil || got != "b" {
		t.Errorf("kept objects: %q, %v", got, err)
	}
	handle := func(o pybridge.Object) given {
		return given{"v": func(w *wire.Writer) { w.PyObject(o.Handle()) }}
	}
	r.answers("/use", handle(line), `"Line"`)
	line.Release()
	again, err := kept.Attr(ctx, "lines") // takes the place that the line had
	if err != nil {
		t.Fatal(err)
	}
	line.Release()
	line.Release()
	_, err = line.Attr(ctx, "text")
	isReleased(t, err)
	_, err = kept.Call(ctx, "echo", line)
	if exc := isException(t, err, "RuntimeError"); !strings.Contains(exc.Message, "released") {
		t.Errorf("an argument that was released: %v", exc)
	}
	if exc := r.raises("/use", handle(line), "RuntimeError"); !strings.Contains(exc.Message, "released") {
		t.Errorf("an input that was released: %v", exc)
	}
	if got := again.TypeKey(); got != "__type__builtins.list" {
		t.Errorf("what came after it: %q", got)
	}
	again.Release()
	kept.Release()
}

func testObjectsAtClose(t *testing.T, s *suite) {
	r := s.load(t, objectUseApp)
	service, result := r.service()
	kept, err := service.Keep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gone, err := kept.Attr(t.Context(), "line")
	if err != nil {
		t.Fatal(err)
	}
	gone.Release()
	result.Release()
	if err := r.app.Close(t.Context()); err != nil {
		t.Errorf("Close with an object that is kept: %v", err)
	}
	if record, ok := r.log.find("python objects that Go has kept were not released before the app was closed"); !ok || record.attrs["objects"] != "1" {
		t.Errorf("what was kept was not logged: %v", r.log.messages())
	}
	for _, o := range []pybridge.Object{kept, service} {
		if _, err := o.Attr(t.Context(), "name"); !errors.Is(err, pybridge.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		o.Release()
	}
}

// Objects are used and released at the same time, by many.
func testObjectHammer(t *testing.T, s *suite) {
	r := s.load(t, objectUseApp)
	const rounds, users = 60, 4
	use := func(o pybridge.Object, n int) error {
		var err error
		switch n % 4 {
		case 0:
			_, err = pybridge.Attr[string](t.Context(), o, "name")
		case 1:
			_, err = pybridge.Call[int](t.Context(), o, "", 1)
		case 2:
			_, err = pybridge.Call[string](t.Context(), o, "at_once", "x")
		default:
			var kept pybridge.Object
			if kept, err = o.Keep(t.Context()); err == nil {
				kept.Release()
			}
		}
		return err
	}
	for range rounds {
		service, result := r.service()
		kept, err := service.Keep(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var using sync.WaitGroup
		for n := range users {
			using.Go(func() {
				for i := 0; ; i++ {
					for _, o := range []pybridge.Object{service, kept} {
						if err := use(o, n+i); err != nil {
							isReleased(t, err)
							return
						}
					}
				}
			})
		}
		using.Go(kept.Release)
		using.Go(result.Release)
		using.Wait()
	}
	r.answers("/trail", nil, `[]`)
}

func testObjectReferences(t *testing.T, s *suite) {
	r := s.load(t, objectUseApp)
	ctx := t.Context()
	round := func(n int) {
		for range n {
			service, result := r.service()
			line, err := service.Attr(ctx, "line")
			if err != nil {
				t.Fatal(err)
			}
			kept, _ := service.Keep(ctx)
			for _, call := range []struct {
				method string
				args   []any
			}{
				{"text_of", []any{line}},
				{"echo", []any{service, line}},
				{"later", []any{line}},
				{"at_once", []any{kept}},
				{"fail", []any{"x"}},
				{"fail_later", nil},
				{"nothing", nil},
			} {
				if got, err := kept.Call(ctx, call.method, call.args...); err == nil {
					got.Release()
				}
			}
			_, _ = service.JSON(ctx)
			_, _ = service.Attr(ctx, "nothing")
			_ = service.TypeKey()
			line.Release()
			kept.Release()
			if err := result.End(errors.New("x")); err != nil {
				t.Fatal(err)
			}
			result.Release()
		}
	}
	round(10)
	before := string(r.call("/count", nil).Body)
	round(200)
	if after := string(r.call("/count", nil).Body); after != before {
		t.Errorf("reference counts %s before, %s after", before, after)
	}
}
