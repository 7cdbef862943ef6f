package pybridge

import "context"

// Await awaits a Python awaitable that Go holds (a coroutine, a Task, a Future,
// anything with __await__) on the app's event loop, and gives what it gives: an
// Object that the caller must Release.
//
// When ctx ends, the awaitable is cancelled, as `await` in a task that is cancelled
// does it (asyncio.shield keeps a task from it), waited for, and the error is the
// context's. Methods of Go values that a coroutine calls get ctx.
//
// # Errors
//
// What Python raises is an *[Exception]: a TypeError for what can't be awaited, a
// RuntimeError for a coroutine that has been awaited before or a future of another
// loop, asyncio.exceptions.CancelledError where somebody else has cancelled it. An
// app without asynchronous code has no loop, and code that the loop waits for can't
// wait for the loop: both give an error at once, and the awaitable is as it was.
func Await(ctx context.Context, o Object) (Object, error) { return o.Await(ctx) }

// AwaitAs does what [Await] does and reads the result as a Go value.
func AwaitAs[T any](ctx context.Context, o Object) (T, error) {
	return taken[T](ctx)(o.Await(ctx))
}
