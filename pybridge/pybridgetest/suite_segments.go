package pybridgetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// segmentsApp has providers on both sides of what Go builds. AWAIT and ASYNC
// are filled in.
const segmentsApp = `
import asyncio, logging
from collections.abc import AsyncIterator, Iterator
from spikard import GoError, HTTPException, Provide, Spikard
app = Spikard()
log = logging.getLogger("test").info

ASYNC def make_session(mode: str) -> ITERATOR[list]:
    log("open session")
    AWAIT
    try:
        yield [mode]
    except BaseException as exc:
        log(f"session saw {type(exc).__name__}")
        raise
    finally:
        AWAIT
        log("close session")

ASYNC def make_last(number: int, mode: str) -> ITERATOR[str]:
    log(f"open last with {number}")
    try:
        yield "last"
    finally:
        log("close last")
    if mode == "python fails late":
        raise ValueError("late")

@app.get("/")
ASYNC def index(session: list, number: int, text: str, last: str):
    log("handler")
    AWAIT
    if session == ["handler raises"]:
        raise LookupError("handler")
    if session == ["handler refuses"]:
        raise HTTPException(403, "no")
    return [session, number, text, last]

app.provide("session", Provide(make_session))
app.provide("last", Provide(make_last))
`

// segmentScope is Go's half of one call. It logs where Python's half does.
type segmentScope struct {
	log     *slog.Logger
	mode    string
	results int      // of segment 7
	args    []string // of the builds, as JSON
	lent    []pybridge.Object
	// building is closed when a build has begun, which waits for goOn then.
	building, goOn chan struct{}
}

var (
	_ pybridge.GoScope = (*segmentScope)(nil)

	errBuild = errors.New("go can't build")
	errClose = errors.New("go can't close")
)

func (s *segmentScope) say(text string) { s.log.Info(text, "logger", "test") }

func (s *segmentScope) Value(int) any { return nil }

func (s *segmentScope) Build(ctx context.Context, segment int, args []pybridge.Object, out *wire.Writer) error {
	s.say("build segment " + itoa(segment))
	for _, arg := range args {
		text, err := arg.JSON(ctx)
		if err != nil {
			return err
		}
		s.args = append(s.args, string(text))
	}
	if segment == 8 {
		return nil
	}
	s.lent = args
	if s.building != nil {
		close(s.building)
		<-s.goOn
	}
	switch s.mode {
	case "go fails":
		return errBuild
	case "go panics":
		panic("in a build")
	}
	out.Int(42)
	for range s.results - 1 {
		out.Str("from go")
	}
	return nil
}

func (s *segmentScope) Close(_ context.Context, segment int, failure error) error {
	text := "close segment " + itoa(segment)
	if failure != nil {
		text += " after " + failure.Error()
	}
	s.say(text)
	for _, arg := range s.lent {
		if got, err := arg.JSON(context.Background()); err != nil || !slices.Contains(s.args, string(got)) {
			s.say(fmt.Sprintf("an argument is %s, %v", got, err))
		}
	}
	if s.mode == "go fails late" && segment == 8 {
		return errClose
	}
	return nil
}

// segments compiles the program session, segment 7, last, handler.
func (r *running) segments() pybridge.Callable {
	r.t.Helper()
	callable := func(name string) int {
		return slices.IndexFunc(r.app.Manifest().Callables, func(f pybridge.Function) bool { return f.Name == "app."+name })
	}
	program, err := r.app.Compile(pybridge.Program{
		Inputs: []pybridge.Input{{Callable: -1}},
		Steps: []pybridge.Step{
			{Callable: callable("make_session"), Args: []int{0}},                // 1
			{Kind: pybridge.StepGo, Callable: 7, Args: []int{1, 0}, Results: 2}, // 2, 3
			{Callable: callable("make_last"), Args: []int{2, 0}},                // 4
			{Kind: pybridge.StepGo, Callable: 8, Args: []int{}, Results: 0},     // none
		},
		Handler: &pybridge.Step{
			Kind: pybridge.StepHandler, Callable: callable("index"), Args: []int{1, 2, 3, 4},
		},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return program
}

const (
	segmentsOpen  = "open session,build segment 7,open last with 42,build segment 8,handler,"
	segmentsClose = "close segment 8,close last,close segment 7,close session"
)

// segmentFlavors are the ways in which a program with segments runs.
var segmentFlavors = map[string]*strings.Replacer{
	"function":   strings.NewReplacer("ASYNC ", "", "ITERATOR", "Iterator", "AWAIT", "pass"),
	"coroutine":  strings.NewReplacer("ASYNC", "async", "ITERATOR", "AsyncIterator", "AWAIT", "pass"),
	"suspending": strings.NewReplacer("ASYNC", "async", "ITERATOR", "AsyncIterator", "AWAIT", "await asyncio.sleep(0)"),
}

// segmentModes are the ways in which a request with segments ends.
var segmentModes = map[string]generated{
	"fine": {
		pybridge.Answered, `[["fine"],42,"from go","last"]`,
		segmentsOpen + segmentsClose,
	},
	"go fails": {
		pybridge.Raised, "spikard._exceptions.GoError: go can't build",
		"open session,build segment 7,session saw GoError,close session",
	},
	"go panics": {
		pybridge.Raised, "spikard._exceptions.GoError: panic in go code: in a build",
		"open session,build segment 7,session saw GoError,close session",
	},
	"handler raises": {
		pybridge.Raised, "LookupError: handler",
		segmentsOpen + "close segment 8 after LookupError: handler,close last," +
			"close segment 7 after LookupError: handler,session saw LookupError,close session",
	},
	"handler refuses": {
		pybridge.Problem, "no",
		segmentsOpen + "close segment 8 after spikard._exceptions.HTTPException: 403: no,close last," +
			"close segment 7 after spikard._exceptions.HTTPException: 403: no,session saw HTTPException,close session",
	},
	"python fails late": {
		pybridge.Raised, "ValueError: late",
		segmentsOpen + "close segment 8,close last,close segment 7 after ValueError: late,session saw ValueError,close session",
	},
	"go fails late": {
		pybridge.Raised, "spikard._exceptions.GoError: go can't close",
		segmentsOpen + "close segment 8,close last,close segment 7 after spikard._exceptions.GoError: go can't close," +
			"session saw GoError,close session",
	},
}

// testDependSegments: what Go builds in the midst of a program is cleaned up in
// its turn, with the failures of what was built after it.
func testDependSegments(t *testing.T, s *suite) {
	for name, replacer := range segmentFlavors {
		t.Run(name, func(t *testing.T) {
			r := s.load(t, replacer.Replace(segmentsApp))
			program := r.segments()
			for mode, want := range segmentModes {
				if got := r.segmented(program, mode); got != want {
					t.Errorf("%s:\n got %+v\nwant %+v", mode, got, want)
				}
			}
		})
	}
}

func (r *running) segmented(program pybridge.Callable, mode string) generated {
	r.t.Helper()
	scope := &segmentScope{log: slog.New(r.log), mode: mode, results: 2}
	result := r.inScope(r.t.Context(), program, scope)
	want := map[string]error{"go fails": errBuild, "go fails late": errClose}[mode]
	if want != nil && !errors.Is(result.Exception, want) {
		r.t.Errorf("%s: the exception does not stand for go's error: %#v", mode, result.Exception)
	}
	if got := scope.args; !slices.Equal(got, []string{`["` + mode + `"]`, `"` + mode + `"`}) {
		r.t.Errorf("%s: arguments %s", mode, got)
	}
	return r.became(result)
}

func (r *running) inScope(ctx context.Context, program pybridge.Callable, scope *segmentScope) pybridge.Result {
	r.t.Helper()
	var in wire.Writer
	in.Str(scope.mode)
	result, err := program.Call(ctx, in.Bytes(), pybridge.CallInfo{Go: scope})
	if err != nil {
		r.t.Fatal(err)
	}
	return detach(result)
}

// The values and the arguments of segments are let go of by each way of ending.
func testDependSegmentReferences(t *testing.T, s *suite) {
	for name, replacer := range segmentFlavors {
		t.Run(name, func(t *testing.T) {
			r := s.load(t, replacer.Replace(segmentsApp)+countObjects)
			program := r.segments()
			round := func(n int) {
				for mode := range segmentModes {
					for range n {
						r.segmented(program, mode)
					}
				}
			}
			round(20)
			before := r.objects()
			round(80)
			if after := r.objects(); after > before+50 {
				t.Errorf("%d objects before, %d after", before, after)
			}
		})
	}
}

// Go that builds another number of values than the program says is found out,
// and what it built is cleaned up.
func testDependSegmentResults(t *testing.T, s *suite) {
	r := s.load(t, segmentFlavors["suspending"].Replace(segmentsApp))
	program := r.segments()
	for _, n := range []int{1, 3} {
		scope := &segmentScope{log: slog.New(r.log), mode: "fine", results: n}
		got := r.became(r.inScope(t.Context(), program, scope))
		want := "RuntimeError: go built " + itoa(n) + " values of segment 7, not 2"
		if got.outcome != pybridge.Raised || got.text != want {
			t.Errorf("%d values: %+v", n, got)
		}
		if !strings.Contains(got.trail, "close segment 7 after "+want) {
			t.Errorf("%d values: trail %s", n, got.trail)
		}
	}
	for name, step := range map[string]pybridge.Step{
		"value that is not there": {Kind: pybridge.StepGo, Args: []int{0}, Results: 1},
		"negative results":        {Kind: pybridge.StepGo, Results: -1},
	} {
		if _, err := r.app.Compile(pybridge.Program{Steps: []pybridge.Step{step}}); err == nil {
			t.Errorf("%s: was compiled", name)
		}
	}
	values := pybridge.Step{Kind: pybridge.StepGo, Results: 2}
	if _, err := r.app.Compile(pybridge.Program{Steps: []pybridge.Step{values}, Outputs: []int{0, 1}}); err != nil {
		t.Errorf("outputs of a segment: %v", err)
	}
}

// A request that is cancelled while Go builds for it waits for Go, and what was
// built all the same is cleaned up.
func testDependSegmentCancel(t *testing.T, s *suite) {
	r := s.load(t, segmentFlavors["suspending"].Replace(segmentsApp)+`
@app.get("/cancelled")
async def cancelled():
    await asyncio.sleep(0)
    return sum(t.cancelling() for t in asyncio.all_tasks())
`)
	if r.pythonIs("3.10") {
		t.Skip("python 3.10 does not tell which tasks are to be cancelled")
	}
	program := r.segments()
	for mode, trail := range map[string]string{
		"go fails": "open session,build segment 7,session saw CancelledError,close session",
		"fine": "open session,build segment 7,close segment 7 after asyncio.exceptions.CancelledError," +
			"session saw CancelledError,close session",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		scope := &segmentScope{log: slog.New(r.log), mode: mode, results: 2, building: make(chan struct{}), goOn: make(chan struct{})}
		results := make(chan pybridge.Result, 1)
		go func() { results <- r.inScope(ctx, program, scope) }()
		<-scope.building
		cancel()
		r.eventually("/cancelled", "1")
		close(scope.goOn)
		got := r.became(<-results)
		if got.outcome != pybridge.Raised || got.trail != trail {
			t.Errorf("%s: %+v", mode, got)
		}
	}
}
