package pybridge

import (
	"context"
	"encoding/json"
	"fmt"
)

// Object is a Python object that Go holds a reference to.
//
// # Concurrency
//
// Methods may be called from any goroutine. They enter Python, so one that is
// called while asynchronous code of the app waits for it gives an error rather
// than to wait for ever.
//
// # Memory
//
// One that came with a [Result], or as an argument of [GoScope.Build], belongs to
// the call and is valid until its end; Release does nothing then. An item of [Iter]
// belongs to the iteration and is valid until its next step. One that a
// method of an Object gave belongs to the caller, who must Release it once.
// A method of a released Object gives an error; nothing is released by a
// finalizer. What was not released by then goes when the app is closed, which logs
// how many there were.
type Object interface {
	// Handle is its number in wire values.
	Handle() uint64
	// TypeKey is the key of the object's class.
	TypeKey() string
	// JSON is the object as the engine would write it in an answer.
	JSON(ctx context.Context) ([]byte, error)
	// Attr gives an attribute.
	Attr(ctx context.Context, name string) (Object, error)
	// Call calls a method, or the object itself if the name is empty. Arguments
	// that are Objects go over as they are, all others by way of JSON. A
	// coroutine function is run on the app's event loop to its end.
	Call(ctx context.Context, method string, args ...any) (Object, error)
	// Await awaits the object, an awaitable of Python's; see [Await].
	Await(ctx context.Context) (Object, error)
	// Iter begins to iterate over the object, an iterable or an asynchronous one;
	// see [Iter], which is for use in a loop. It gives a TypeError for any other.
	Iter(ctx context.Context) (Iterator, error)
	// Keep gives an Object of its own for the same Python object, which outlives
	// the call it came with.
	Keep(ctx context.Context) (Object, error)
	// Release drops the reference. A second one does nothing.
	Release()
}

// As reads an object as a Go value, by way of JSON.
func As[T any](ctx context.Context, o Object) (T, error) {
	var out T
	text, err := o.JSON(ctx)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		return out, fmt.Errorf("read a python %s as %T: %w", o.TypeKey(), out, err)
	}
	return out, nil
}

// Attr reads an attribute of an object as a Go value.
func Attr[T any](ctx context.Context, o Object, name string) (T, error) {
	return taken[T](ctx)(o.Attr(ctx, name))
}

// Call calls a method of an object, or the object itself if the name is empty,
// and reads what it gives as a Go value. See [Object].
func Call[T any](ctx context.Context, o Object, method string, args ...any) (T, error) {
	return taken[T](ctx)(o.Call(ctx, method, args...))
}

// taken reads an object that the caller owns, and releases it.
func taken[T any](ctx context.Context) func(Object, error) (T, error) {
	return func(o Object, err error) (T, error) {
		if err != nil {
			var zero T
			return zero, err
		}
		defer o.Release()
		return As[T](ctx, o)
	}
}
