package di

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// Registration is what one of the options of this package ([Provide], [Supply],
// [Bind], [Replace], [ReplaceKey]) registers. The fx app collects them in the
// group "di.registrations", for whoever fills a [Registry].
//
// # Concurrency
//
// AddTo may be called for several registries, from one goroutine each. They
// share the singletons that need nothing foreign: each is built by the first
// and cleaned up with the last.
type Registration struct {
	source Source
	// provider lacks what depends on the registry. Its key is empty for a Bind,
	// which provides nothing of its own.
	provider  Provider
	maker     *constructor // nil: value is the value
	value     any
	replacing bool
	names     []string // the aliases, for ParseKey
	named     *string
	tied      Key // what names are aliases of
	externals []external
	shared    *shared
}

// external is a value of the fx app.
type external struct {
	typ   reflect.Type
	value any
}

// Env is what a registry has for the constructors that are added to it.
type Env struct {
	// Convert turns a value into the type of a parameter or a field where it
	// isn't of that type: one of a foreign provider, most often. Nil: it is an
	// error.
	Convert func(ctx context.Context, value any, to reflect.Type) (reflect.Value, error)
	// Singletons are what constructors of singletons get for these keys, instead
	// of what the registry provides, which may not live as long.
	Singletons map[Key]any
}

// Option changes what [Provide] registers. A [Lifetime] is one, Request being
// the default.
type Option interface{ applyTo(g *Registration) }

func (l Lifetime) applyTo(g *Registration) { g.provider.Lifetime = l }

type optionFunc func(g *Registration)

func (f optionFunc) applyTo(g *Registration) { f(g) }

// As has the value known by other names as well: types of Python's, as
// "store.Store", or plain names, see [ParseKey].
func As(names ...string) Option {
	return optionFunc(func(g *Registration) { g.names = append(g.names, names...) })
}

// Named sets the value apart from others of its type: its key is the type's with
// "#" and the name, as Python's Annotated[T, "name"] has it.
func Named(name string) Option {
	return optionFunc(func(g *Registration) { g.named = &name })
}

// Lazy has a singleton built when it is first needed, not at start.
func Lazy() Option {
	return optionFunc(func(g *Registration) { g.provider.Lazy = true })
}

// Replacing takes the place of what else provides the value, see
// [Registry.Replace].
func Replacing() Option {
	return optionFunc(func(g *Registration) { g.replacing = true })
}

// newRegistration is what Provide registers, but the values of the fx app.
func newRegistration(function any, opts []Option, source Source) (*Registration, error) {
	c, err := newConstructor(function)
	if err != nil {
		return nil, err
	}
	g := &Registration{source: source, maker: c, provider: Provider{
		Key: KeyOfType(c.result), Lifetime: Request, Type: c.result, Name: c.name, Source: source,
	}}
	for _, o := range opts {
		o.applyTo(g)
	}
	for _, name := range g.names {
		if err := ValidKey(name); err != nil {
			return nil, err
		}
	}
	if g.named != nil {
		if *g.named == "" {
			return nil, errors.New("the name for di.Named is empty")
		}
		g.provider.Key += Key("#" + *g.named)
	}
	g.tied = g.provider.Key
	return g, nil
}

// newValue is what Supply and the replacements register.
func newValue(what string, key Key, value any, source Source) *Registration {
	return &Registration{source: source, value: value, provider: Provider{
		Key: key, Lifetime: Singleton, Type: reflect.TypeOf(value), Name: fmt.Sprintf("%s %T", what, value), Source: source,
	}}
}

// with gives a registration of its own for one fx app, whose values are in the
// order of wishes.
func (g *Registration) with(values []reflect.Value) *Registration {
	own := *g
	own.shared = new(shared)
	own.externals = nil
	for _, v := range values {
		if !v.IsZero() {
			own.externals = append(own.externals, external{typ: v.Type(), value: v.Interface()})
		}
	}
	return &own
}

// wishes are the types that the fx app may have a value of.
func (g *Registration) wishes() []reflect.Type {
	var out []reflect.Type
	for _, in := range g.maker.slots {
		if in.key == KeyOfType(in.typ) && !slices.Contains(out, in.typ) {
			out = append(out, in.typ)
		}
	}
	return out
}

// Source is where the option was called.
func (g *Registration) Source() Source { return g.source }

// AddTo adds the registration to a registry. What the constructor needs and
// the registry has no provider for is taken from the fx app, if that has it.
func (g *Registration) AddTo(r *Registry, env Env) {
	for _, e := range g.externals {
		key := KeyOfType(e.typ)
		if r.Has(key) {
			continue // a weak one would yield
		}
		r.Add(Provider{
			Key: key, Lifetime: Singleton, Weak: true, Type: e.typ, Name: "the fx app", Source: g.source,
			Build: constant(e.value),
		})
	}
	for _, name := range g.names {
		r.Alias(ParseKey(name), g.tied, g.source)
	}
	if g.provider.Key == "" {
		return
	}
	p := g.provider
	p.Build = constant(g.value)
	if g.maker != nil {
		made, needs := g.maker.in(env, p.Lifetime, g.source)
		p.Needs, p.Build = needs, made.build
		if p.Lifetime == Singleton {
			p.Build = g.sharedBuild(r, made.build)
		}
	}
	if g.replacing {
		r.Replace(p)
	} else {
		r.Add(p)
	}
}

func constant(value any) BuildFunc {
	return func(context.Context, []any) (any, func(error) error, error) { return value, nil, nil }
}

// sharedBuild builds a singleton once for all registries, unless it needs what
// is another in each.
func (g *Registration) sharedBuild(r *Registry, own BuildFunc) BuildFunc {
	made := &Provider{Build: own}
	return func(ctx context.Context, deps []any) (any, func(error) error, error) {
		if r.needsForeign(g.provider.Key) {
			return own(ctx, deps)
		}
		return g.shared.acquire(ctx, func() (any, func(error) error, error) { return build(ctx, made, deps) })
	}
}

// needsForeign tells whether the provider of a key is foreign or needs what is,
// directly or not.
func (r *Registry) needsForeign(k Key) bool {
	i := r.sealed.graph.nodeOf(k)
	return i != none && r.sealed.outside[i]
}

// SortRegistrations brings what fx gives in random order into the order of the
// sources.
func SortRegistrations(registrations []*Registration) {
	slices.SortStableFunc(registrations, func(a, b *Registration) int {
		return cmp.Or(
			cmp.Compare(a.source.File, b.source.File), cmp.Compare(a.source.Line, b.source.Line),
			cmp.Compare(a.provider.Key, b.provider.Key), cmp.Compare(a.provider.Name, b.provider.Name),
			slices.Compare(a.names, b.names),
		)
	})
}
