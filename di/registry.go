package di

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
)

// ErrNotSealed is returned by what needs a sealed registry.
var ErrNotSealed = errors.New("di: registry is not sealed: call Seal first")

// ErrSealed is returned by a second Seal.
var ErrSealed = errors.New("di: registry is already sealed")

// ErrNotStarted is returned, wrapped, by what needs a singleton when
// [Registry.Start] has not run, or [Registry.Stop] has.
var ErrNotStarted = errors.New("singletons are not started")

// ErrClosed is returned, wrapped, by what is asked of a [Scope] or a [Session]
// after its Close.
var ErrClosed = errors.New("di: scope is closed")

// ErrNoForeign is returned, wrapped, by what needs the value of a foreign
// provider outside of a plan when [Registry.SetForeign] was not called.
var ErrNoForeign = errors.New("nothing runs foreign providers here: call SetForeign first")

// ForeignFunc makes the value of a foreign provider. It is to a provider as its
// Build would be, see [BuildFunc], but that deps may be kept.
type ForeignFunc = func(ctx context.Context, p *Provider, deps []any) (
	value any, cleanup func(failure error) error, err error)

// ConvertFunc turns a value into one of the type to, for [Resolve].
type ConvertFunc = func(ctx context.Context, value any, to reflect.Type) (any, error)

// Registry holds the providers of an app. It is filled with Add, Alias and
// Replace, checked with Seal, and then compiles the plans that requests run on
// and owns the singletons.
//
// # Concurrency
//
// What comes before Seal, and Seal, belongs to one goroutine. After Seal every
// other method may be called from any goroutine.
type Registry struct {
	providers    []*Provider // those of Add, in order
	replacements []*Provider // those of Replace, in order
	ties         ties
	foreign      ForeignFunc // nil: foreign providers are for others to run
	convert      ConvertFunc

	sealed *verdict // nil before Seal

	starting sync.Mutex // held by Start and Stop
	running  atomic.Pointer[singletons]
}

// NewRegistry makes an empty registry.
func NewRegistry() *Registry { return &Registry{ties: newTies()} }

// Add registers a provider. Mistakes in it are reported by Seal, all at once.
// It panics once the registry is sealed: no plan would ever see the provider.
func (r *Registry) Add(p Provider) {
	r.mustBeOpen("Add", p.Key, p.Source)
	r.providers = append(r.providers, p.clone())
	r.ties.provide(p.Key)
}

// Replace registers a provider that takes the place of all others of the key,
// and of the keys that are tied to it, whether they are added before or after
// it. They aren't looked at any more, whatever is wrong with them. Of several
// replacements the last counts. Seal reports one that has nothing to replace.
// It panics once the registry is sealed.
func (r *Registry) Replace(p Provider) {
	r.mustBeOpen("Replace", p.Key, p.Source)
	r.replacements = append(r.replacements, p.clone())
}

// Alias ties two keys together: they name the same dependency, so that a
// provider of either answers both. Ties add up, in whatever order they and the
// providers come. It panics once the registry is sealed.
func (r *Registry) Alias(alias, key Key, source Source) {
	r.mustBeOpen("Alias", alias, source)
	r.ties.add(Tie{Alias: alias, Key: key, Source: source})
}

func (r *Registry) mustBeOpen(what string, k Key, source Source) {
	if r.sealed != nil {
		panic("di: " + what + " of " + k.Label() + " from " + source.String() + " to a sealed registry")
	}
}

// SetForeign says how a foreign provider's value is made outside of plans.
// With it foreign singletons are built by Start like those of Go, in the one
// order, so that each may need the other's. It must be called before Seal.
func (r *Registry) SetForeign(build ForeignFunc) { r.foreign = build }

// SetConvert says how [Resolve] turns a value into the type it is asked for,
// where it isn't of that type. It must be called before Seal.
func (r *Registry) SetConvert(convert ConvertFunc) { r.convert = convert }

// Has tells whether a provider was added for the key, or for one that is tied
// to it.
func (r *Registry) Has(k Key) bool { return r.ties.provided(k) }

// isBuilt tells whether the registry itself makes the provider's value, once.
func (r *Registry) isBuilt(p *Provider) bool {
	return p.Lifetime == Singleton && (!p.IsForeign() || r.foreign != nil)
}
