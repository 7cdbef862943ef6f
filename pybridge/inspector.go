package pybridge

import (
	"context"
	"time"
)

// Inspector is an [Engine] that can tell what its interpreter is doing, for
// people who look into a running program.
//
// # Concurrency
//
// Its methods may be called from any goroutine.
type Inspector interface {
	// Inspect looks at the interpreter. It never waits longer than ctx: where
	// Python can't be entered by then, Stuck says so and the rest is what can be
	// known without.
	Inspect(ctx context.Context) *Inspection
	// Watch has the calls that begin from now on be part of what Inspect gives,
	// until stop is called. It costs each call a fraction of a microsecond.
	Watch() (stop func())
}

// Inspection is an interpreter at one moment. Its parts are looked at one after
// the other, while the program goes on.
type Inspection struct {
	// Python is the zero value before the interpreter is up.
	Python Info `json:"python"`
	// Stuck says why Threads were read from outside, without their names, and why
	// there are no Tasks; empty: Python was entered.
	Stuck string `json:"stuck,omitempty"`
	// GIL is who waits for Python.
	GIL GILState `json:"gil"`
	// Calls are under way, if they are watched, the oldest first.
	Calls []CallState `json:"calls"`
	// Objects is how many Python objects Go holds, Values how many Go values
	// Python may use for as long as its app is open.
	Objects int `json:"objects_held_by_go"`
	Values  int `json:"go_values_kept"`
	// Operations are Go functions that Python awaits.
	Operations int `json:"go_operations_awaited"`
	// Threads are those that run Python code or wait in it.
	Threads []ThreadState `json:"threads"`
	// Tasks are those of the apps' event loops that have not ended.
	Tasks []TaskState `json:"tasks"`
}

// GILState is who is inside Python, and who waits to be let in.
type GILState struct {
	// Waiting is how many calls wait for their turn, in Go.
	Waiting int `json:"waiting"`
	// Spilled is how many are inside without a turn: they block, have been inside
	// for long, or are of a handler that is known to block.
	Spilled int `json:"spilled"`
	// ForLoop is how many calls wait for an event loop to take them up.
	ForLoop int `json:"waiting_for_loop"`
}

// CallState is one call of a program.
type CallState struct {
	RequestID string `json:"request_id,omitempty"`
	// Program is the name of the program: its route or hook.
	Program string        `json:"program"`
	Age     time.Duration `json:"age_ns"`
	// Where is "waiting", "thread" or "loop".
	Where string `json:"where"`
	// Thread is the id of the Python thread it runs on; 0: none.
	Thread uint64 `json:"thread,omitempty"`
}

// ThreadState is one thread with the innermost frame first, each as
// "file:line in function".
type ThreadState struct {
	ID   uint64 `json:"id"`
	Name string `json:"name,omitempty"`
	// RequestID is that of the call that runs on it, if calls are watched.
	RequestID string   `json:"request_id,omitempty"`
	Stack     []string `json:"stack"`
}

// TaskState is one asyncio.Task.
type TaskState struct {
	Name      string `json:"name"`
	RequestID string `json:"request_id,omitempty"`
	// Stack leads from the coroutine of the task through what it awaits, each as
	// "file:line in function".
	Stack []string `json:"stack"`
	// WaitsFor is what is at the end of it: a class, or "Task name". Empty: the
	// task is ready to run.
	WaitsFor string `json:"waits_for,omitempty"`
}
