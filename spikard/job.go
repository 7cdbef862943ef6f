package spikard

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
)

// job is what runs at intervals while the server does.
type job struct {
	name        string
	source      api.Source
	every       time.Duration
	immediately bool
	run         func(ctx context.Context) error
}

// jobs runs them, each in a goroutine of its own, so that none ever runs twice at
// once.
type jobs struct {
	log     *slog.Logger
	metrics *middleware.Metrics // nil: they are off

	runs   context.Context // of the runs
	cancel context.CancelFunc
	stop   chan struct{} // closed when no more begin
	ended  sync.WaitGroup

	mu      sync.Mutex
	stopped bool
	inside  map[string]bool // the names of those that run
}

func newJobs(log *slog.Logger, metrics *middleware.Metrics) *jobs {
	j := &jobs{log: log, metrics: metrics, stop: make(chan struct{}), inside: map[string]bool{}}
	j.runs, j.cancel = context.WithCancel(context.Background())
	return j
}

// start has a job run from now on.
func (j *jobs) start(one *job) { j.ended.Go(func() { j.drive(one) }) }

// drive is a job's goroutine.
func (j *jobs) drive(one *job) {
	next := newRhythm(one.every, one.immediately, time.Now())
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(time.Until(next.due))
		select {
		case <-timer.C:
		case <-j.stop:
			return
		}
		if !j.begin(one) {
			return
		}
		began := time.Now()
		err := j.once(one)
		j.end(one, err, time.Since(began))
		failures := next.failures
		if skipped := next.ended(time.Now(), err != nil); skipped > 0 && j.metrics != nil {
			j.metrics.JobSkipped(one.name, skipped)
		}
		j.tell(one, err, failures, time.Until(next.due))
	}
}

// begin notes that a run begins; false: none do any more.
func (j *jobs) begin(one *job) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.stopped {
		return false
	}
	j.inside[one.name] = true
	if j.metrics != nil {
		j.metrics.JobBegan(one.name)
	}
	return true
}

func (j *jobs) end(one *job, err error, took time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.inside, one.name)
	if j.metrics != nil {
		j.metrics.JobEnded(one.name, err != nil, took)
	}
}

// once is one run.
func (j *jobs) once(one *job) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &di.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return one.run(j.runs)
}

// tell logs a failure, and the end of a row of them.
func (j *jobs) tell(one *job, err error, failures int, again time.Duration) {
	switch {
	case err == nil && failures > 0:
		j.log.Info("a job succeeds again", "job", one.name, "failures", failures)
	case err == nil:
	case j.runs.Err() != nil:
		j.log.Debug("a job was cancelled", "job", one.name, "error", err)
	default:
		attrs := []any{"job", one.name, "source", one.source.String(), "failures", failures + 1, "again_in", again, "error", err}
		var exc *pybridge.Exception
		var panicked *di.PanicError
		if errors.As(err, &exc) {
			attrs = append(attrs, "traceback", exc.Traceback)
		} else if errors.As(err, &panicked) {
			attrs = append(attrs, "stack", string(panicked.Stack))
		}
		j.log.Error("a job failed", attrs...)
	}
}

// hold lets no more runs begin. A second time does nothing.
func (j *jobs) hold() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.stopped {
		j.stopped = true
		close(j.stop)
	}
}

// drain waits for the runs until ctx ends: then they are cancelled, waited for a
// moment, and named.
func (j *jobs) drain(ctx context.Context) (cut []string) {
	j.hold()
	defer j.cancel()
	ended := make(chan struct{})
	go func() { // as long as a run that can't be ended
		defer close(ended)
		j.ended.Wait()
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	cut = j.names()
	j.cancel()
	moment := time.NewTimer(finishing / 3)
	defer moment.Stop()
	select {
	case <-ended:
	case <-moment.C: // python code that can't be cancelled; closing its app tells of that
	}
	return cut
}

func (j *jobs) names() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var names []string
	for name := range j.inside {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
