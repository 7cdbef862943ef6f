package pybridge

import (
	"context"
	"errors"
	"io"
	"iter"
)

// Iterator takes the steps of an iteration over a Python object, one by one. [Iter]
// is the same as a loop, and closes it in any case.
//
// # Concurrency
//
// One goroutine at a time.
//
// # Memory
//
// Close must be called. An item is on loan until the next call of Next or Close:
// Release does nothing, Keep gives one that stays.
type Iterator interface {
	// Next gives the next item, io.EOF at the end, the *Exception that Python
	// raised, or an error if it could not be asked: that of the context which
	// the iteration was begun with, [ErrClosed], or as [Await]. After an
	// exception there are no more items.
	Next() (Object, error)
	// Close ends the iteration. A generator that has not come to its end is
	// closed, and its clean-up waited for, also when the context has ended; what
	// that raises is logged. A second Close does nothing.
	Close()
}

// Iter iterates over a Python object: an iterable, a generator, an asynchronous
// iterable or generator (which it is if it has __aiter__, whatever else it has).
//
//	for item, err := range pybridge.Iter(ctx, rows) {
//		if err != nil {
//			return err
//		}
//		...
//	}
//
// An error is the last pair, without an Object: what Python raised, ctx's own if it
// has ended, or as [Await]. When the loop is left, by its end, a break, a return or
// a panic, and ahead of an error's pair, a generator has been closed, with its
// clean-up done; if ctx ends while it awaits something, it is cancelled there.
// Other iterators are left as they are: one may be a file. What a generator
// raises when it is closed early is logged.
//
// Each item costs a crossing, and none is fetched ahead: a generator goes on only
// when the next item is asked for.
//
// # Concurrency
//
// An asynchronous iteration is one task on the app's loop, which takes every step and
// waits in between: contextvars, cancel scopes and timeouts hold across the yields. A
// timeout that ends between two steps is raised at the yield. The steps of any other
// run on the thread of the goroutine, which may be a different one each time unless
// it is locked (runtime.LockOSThread), but in one context.
//
// # Memory
//
// An item is valid until the loop's next round. Keep gives one that outlives it.
// When the app is closed in the midst of an iteration, generators are ended with it,
// and the next pair is [ErrClosed].
func Iter(ctx context.Context, o Object) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		if err := each(ctx, o, func(item Object) bool { return yield(item, nil) }); err != nil {
			yield(nil, err)
		}
	}
}

// each gives items to a function until it has enough, and the error that has ended
// the iteration before. It is closed then.
func each(ctx context.Context, o Object, yield func(Object) bool) error {
	i, err := o.Iter(ctx)
	if err != nil {
		return err
	}
	defer i.Close()
	for {
		item, err := i.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !yield(item) {
			return nil
		}
	}
}

// All does what [Iter] does and reads each item as a Go value. One that can't be
// read ends the iteration with that error.
func All[T any](ctx context.Context, o Object) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var unread error
		err := each(ctx, o, func(item Object) bool {
			value, err := As[T](ctx, item)
			if err != nil {
				unread = err
				return false
			}
			return yield(value, nil)
		})
		if err == nil {
			err = unread
		}
		if err != nil {
			var zero T
			yield(zero, err)
		}
	}
}
