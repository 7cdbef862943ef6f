package di

import (
	"errors"
	"sync"
	"sync/atomic"
)

// ErrNotSealed is returned by what needs a sealed registry.
var ErrNotSealed = errors.New("di: registry is not sealed: call Seal first")

// ErrSealed is returned by a second Seal.
var ErrSealed = errors.New("di: registry is already sealed")

// ErrNotStarted is returned, wrapped, by [Plan.Open] when the plan needs a
// singleton and [Registry.Start] has not run, or [Registry.Stop] has.
var ErrNotStarted = errors.New("singletons are not started")

// Registry holds the providers of an app. It is filled with Add, checked with
// Seal, and then compiles the plans that requests run on and owns the
// singletons.
//
// # Concurrency
//
// Add and Seal belong to one goroutine. After Seal every method may be called
// from any goroutine, Add excepted.
type Registry struct {
	providers []*Provider // every registration, in order
	unique    []*Provider // the first one of each key
	index     map[Key]int // into unique

	sealed *verdict // nil before Seal

	starting sync.Mutex // held by Start and Stop
	closers  []closer   // of the singletons, in order of building
	running  atomic.Pointer[singletons]
}

// NewRegistry makes an empty registry.
func NewRegistry() *Registry { return &Registry{index: map[Key]int{}} }

// Add registers a provider. Mistakes in it are reported by Seal, all at once.
// It panics once the registry is sealed: no plan would ever see the provider.
func (r *Registry) Add(p Provider) {
	if r.sealed != nil {
		panic("di: Add of " + p.Key.Label() + " from " + p.Source.String() + " to a sealed registry")
	}
	added := p.clone()
	r.providers = append(r.providers, added)
	if _, taken := r.index[added.Key]; !taken {
		r.index[added.Key] = len(r.unique)
		r.unique = append(r.unique, added)
	}
}

// Has tells whether a provider was added for the key.
func (r *Registry) Has(k Key) bool {
	_, ok := r.index[k]
	return ok
}
