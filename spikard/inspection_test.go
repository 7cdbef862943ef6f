package spikard_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

// telling is an engine that can tell what it does.
type telling struct {
	*pybridgetest.Engine
	watched atomic.Int32
	bounded atomic.Bool // the inspection was given a deadline
}

func (e *telling) Watch() func() {
	e.watched.Add(1)
	return func() { e.watched.Add(-1) }
}

func (e *telling) Inspect(ctx context.Context) *pybridge.Inspection {
	_, bounded := ctx.Deadline()
	e.bounded.Store(bounded)
	return &pybridge.Inspection{
		Python: pybridge.Info{Version: "3.14.6"}, Stuck: "python could not be entered",
		GIL:     pybridge.GILState{Waiting: 3, Spilled: 2},
		Calls:   []pybridge.CallState{{RequestID: "r-1", Program: "GET /x", Age: time.Second, Where: "thread", Thread: 16}},
		Threads: []pybridge.ThreadState{{ID: 16, RequestID: "r-1", Stack: []string{"/srv/app.py:3 in <lambda>"}}},
	}
}

func TestInspection(t *testing.T) {
	t.Parallel()
	engine := &telling{Engine: hello()}
	asked := make(chan struct{})
	let := make(chan struct{})
	s := serve(t, nil, spikard.Config{DebugEndpoint: true},
		fx.Supply(fx.Annotate(engine, fx.As(new(pybridge.Engine)))), spikard.PythonApp("app:app"),
		spikard.Get("/waits", func(api.Exchange) string {
			close(asked)
			<-let
			return "done"
		}))
	if engine.watched.Load() != 1 {
		t.Error("calls are not watched")
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.get(t, "/waits", "X-Request-ID", "the-waiting-one")
	}()
	<-asked
	got := s.get(t, "/debug/spikard")
	var doc struct {
		Goroutines int
		Requests   []struct{ ID, Method, Path string }
		Engines    []pybridge.Inspection
	}
	if err := json.Unmarshal([]byte(got.text), &doc); err != nil {
		t.Fatal(err, got.text)
	}
	if got.Header.Get("Cache-Control") != "no-store" || doc.Goroutines == 0 || len(doc.Engines) != 1 || doc.Engines[0].GIL.Waiting != 3 ||
		len(doc.Requests) != 1 || doc.Requests[0].ID != "the-waiting-one" || doc.Requests[0].Path != "/waits" {
		t.Errorf("%v %s", got.Header, got.text)
	}
	if !engine.bounded.Load() {
		t.Error("the inspection may wait for ever")
	}
	for accept, place := range map[string]string{"text/plain": "app.py:3 in <lambda>", "text/html": "app.py:3 in &lt;lambda&gt;"} {
		got := s.get(t, "/debug/spikard", "Accept", accept)
		for _, want := range []string{
			"python 3.14.6", "python could not be entered; tasks are not known", "wait for python: 3", place,
			", request r-1", "request GET /waits for", ", request the-waiting-one",
		} {
			if !strings.Contains(got.text, want) {
				t.Errorf("%s: %q is not in %s", accept, want, got.text)
			}
		}
	}
	close(let)
	<-ended
	if got := s.get(t, "/debug/spikard"); strings.Contains(got.text, "the-waiting-one") {
		t.Error(got.text)
	}
}

// TestInspectionOff has no such route unless it is asked for.
func TestInspectionOff(t *testing.T) {
	t.Parallel()
	engine := &telling{Engine: hello()}
	s := serve(t, nil, spikard.Config{},
		fx.Supply(fx.Annotate(engine, fx.As(new(pybridge.Engine)))), spikard.PythonApp("app:app"))
	s.get(t, "/debug/spikard").problem(t, 404, "not-found")
	if engine.watched.Load() != 0 {
		t.Error("calls are watched")
	}
}

// TestInspectionOfNothing does with an engine that can't tell.
func TestInspectionOfNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, hello(), spikard.Config{DebugEndpoint: true}, spikard.PythonApp("app:app"))
	if got := s.get(t, "/debug/spikard"); got.StatusCode != 200 || !strings.Contains(got.text, `"engines":[]`) {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
}
