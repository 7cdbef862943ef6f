package pybridge

import "time"

// Observer is told how calls spend their time, for metrics.
//
// # Concurrency
//
// Its methods are called from any goroutine, and must not block.
type Observer interface {
	// ObserveGILWait is told how long a call has waited to be let into Python.
	// Calls that go in without a turn, on the event loop or because their handler
	// blocks, tell nothing.
	ObserveGILWait(d time.Duration)
	// ObserveHandler is told how long a call was inside, from its first step to
	// its answer: what it has awaited is part of that.
	ObserveHandler(d time.Duration)
}

// BackgroundObserver is an [Observer] that is told of background work as well:
// "run" is background.run's, "response" what follows an answer.
//
// # Concurrency
//
// As for Observer. The caller has the interpreter: they must not wait for Python.
type BackgroundObserver interface {
	BackgroundBegan(kind string)
	BackgroundEnded(kind string, failed bool)
}

// Observable is an [App] that can tell.
type Observable interface {
	// Observe sets who is told of the calls that begin from now on; nil: nobody.
	Observe(o Observer)
	// Waiting is how many calls wait to be let into Python now.
	Waiting() int
}
