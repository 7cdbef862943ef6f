package di

import (
	"context"
	"reflect"
	"slices"
)

// Need is a wish for a value: of a handler, a hook or a provider.
type Need struct {
	Key Key
	// Optional needs may stay without a provider: the value is then absent
	// (slot -1) and a [BuildFunc] gets nil for it.
	Optional bool
	// By says who needs it, for messages, as "handler app.get_book, parameter
	// store". Empty in a provider's need: the provider's name.
	By string
	// Source is where the need was written.
	Source Source
	// Stage says when a need of a plan comes due: those of a lower stage are met
	// first (see [Plan.Turns]). It means nothing in a provider's needs.
	Stage int
}

// BuildFunc makes a value. deps holds the values of the provider's needs, in
// their order, nil for absent ones. cleanup may be nil; if not, it is called
// once when the value's life ends, with the failure that ended the scope, or
// nil. A BuildFunc that fails undoes its own work: its cleanup isn't called.
//
// A cleanup may give back the failure that it was given: that is no failure of
// its own.
//
// # Memory
//
// deps is only valid during the call: the next build writes over it.
type BuildFunc = func(ctx context.Context, deps []any) (value any, cleanup func(failure error) error, err error)

// Provider says how the value for a key is made.
type Provider struct {
	Key      Key
	Lifetime Lifetime
	// Weak providers yield to any other of their key. Of several weak ones the
	// first counts.
	Weak bool
	// Lazy has a singleton built when it is first needed, not by Start.
	Lazy bool
	// Type is the Go type of what Build makes, where it is known.
	Type reflect.Type
	// Needs are what Build is given, or the foreign engine's function takes.
	Needs []Need
	// Name says what makes the value, for messages: the name of a function or
	// a class.
	Name   string
	Source Source
	// Build makes the value in Go. It is nil for a foreign provider.
	Build BuildFunc
	// Foreign is set instead of Build when another engine makes the value: it
	// is what that engine knows the provider by. This package never reads it.
	Foreign any
}

// IsForeign tells whether another engine makes the value.
func (p *Provider) IsForeign() bool { return p.Build == nil }

// title names the provider and its place.
func (p *Provider) title() string {
	return p.shortTitle() + " (" + p.Source.String() + ")"
}

func (p *Provider) shortTitle() string {
	if p.Name != "" {
		return p.Name
	}
	return "the provider of " + p.Key.Label()
}

func (p *Provider) clone() *Provider {
	p.Needs = slices.Clone(p.Needs)
	for i := range p.Needs {
		if p.Needs[i].By == "" {
			p.Needs[i].By = p.shortTitle()
		}
	}
	return p
}
