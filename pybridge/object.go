package pybridge

import "context"

// Object is a Python object that Go holds a reference to.
//
// # Concurrency
//
// Methods may be called from any goroutine.
//
// # Memory
//
// An Object must be released exactly once by whoever owns it. One that came
// with a Result belongs to the Result.
type Object interface {
	// Handle is its number in wire values.
	Handle() uint64
	// JSON is the object as the engine would write it in an answer.
	JSON(ctx context.Context) ([]byte, error)
	// TypeKey is the key of the object's class.
	TypeKey() string
	// Release drops the reference.
	Release()
}
