package di

import "fmt"

// Lifetime says how long a value is kept and who shares it.
type Lifetime uint8

// The lifetimes. A singleton can only need singletons, since it outlives all
// other values; request and transient values can need anything.
const (
	// Singleton values are built once, at start or, if the provider is lazy, at
	// the first need, and shared by all requests.
	Singleton Lifetime = iota
	// Request values are built once for each scope that needs them.
	Request
	// Transient values are built anew for each need, even within one scope.
	Transient
)

// String gives the lifetime's name in lower case.
func (l Lifetime) String() string {
	switch l {
	case Singleton:
		return "singleton"
	case Request:
		return "request"
	case Transient:
		return "transient"
	}
	return fmt.Sprintf("lifetime(%d)", uint8(l))
}
