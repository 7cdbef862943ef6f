package di

import (
	"errors"
	"fmt"
	"strings"
)

// Fault is a mistake in the registrations, found by [Registry.Seal]:
// a [*MissingError], [*CycleError], [*DuplicateError], [*LifetimeError] or
// [*InvalidError].
type Fault interface {
	error
	// Affected gives the roots, in the order in which Seal had them, that
	// can't be served because of the fault.
	Affected() []Need
}

// Faults gives the faults that are joined in an error of Seal or Compile.
func Faults(err error) []Fault {
	if fault, ok := err.(Fault); ok { //nolint:errorlint // errors.As finds but one of those joined
		return []Fault{fault}
	}
	var out []Fault
	switch e := err.(type) { //nolint:errorlint // this is the unwrapping
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			out = append(out, Faults(one)...)
		}
	case interface{ Unwrap() error }:
		out = Faults(e.Unwrap())
	}
	return out
}

// Link is one step of a way through the dependencies: a need and the provider
// that answers it. In the last link of a [MissingError] the provider is nil.
// Where a way begins at a provider that no root leads to, the first link's
// need is the zero value.
type Link struct {
	Need     Need
	Provider *Provider
}

// DuplicateError says that a key has more than one provider.
type DuplicateError struct {
	Key Key
	// Providers are all those of the key, in order of registration.
	Providers []*Provider
	// Ties are those that make keys of theirs one, where they differ.
	Ties []Tie
	// Roots lead to the key.
	Roots []Need
}

// Error names the key and every place.
func (e *DuplicateError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d providers for %s", len(e.Providers), e.Key.Label())
	for _, p := range e.Providers {
		as := ""
		if p.Key != e.Key {
			as = " as " + p.Key.Label()
		}
		fmt.Fprintf(&b, "\n\t%s provides it%s for the %s lifetime", p.title(), as, p.Lifetime)
	}
	writeTies(&b, e.Ties)
	b.WriteString("\n\tkeep one of them, or give the others keys of their own")
	writeAffected(&b, e.Roots)
	return b.String()
}

// Affected gives Roots.
func (e *DuplicateError) Affected() []Need { return e.Roots }

// LifetimeError says that a singleton needs a value that doesn't live as long.
type LifetimeError struct {
	// Provider is the singleton's.
	Provider *Provider
	// Need is the singleton's need that can't be met, Needed the provider
	// that would answer it.
	Need   Need
	Needed *Provider
	// Path leads from a root over Provider to Needed.
	Path []Link
	// Roots lead to the singleton.
	Roots []Need
}

// Error tells the way and what to change.
func (e *LifetimeError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "singleton %s needs %s, which has the %s lifetime",
		e.Provider.Key.Label(), e.Needed.Key.Label(), e.Needed.Lifetime)
	writePath(&b, e.Path)
	fmt.Fprintf(&b, "\n\ta singleton outlives every request: make %s a singleton, or give %s the %s lifetime",
		e.Needed.Key.Label(), e.Provider.Key.Label(), Request)
	writeAffected(&b, e.Roots)
	return b.String()
}

// Affected gives Roots.
func (e *LifetimeError) Affected() []Need { return e.Roots }

// InvalidError says that a registration is malformed by itself.
type InvalidError struct {
	Provider *Provider
	Reason   string
	// Roots lead to the provider.
	Roots []Need
}

// Error names the provider, its place and the reason.
func (e *InvalidError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s can't be registered for %s: %s", e.Provider.title(), e.Provider.Key.Label(), e.Reason)
	writeAffected(&b, e.Roots)
	return b.String()
}

// Affected gives Roots.
func (e *InvalidError) Affected() []Need { return e.Roots }

var (
	_ Fault = (*DuplicateError)(nil)
	_ Fault = (*LifetimeError)(nil)
	_ Fault = (*InvalidError)(nil)
)

// joinFaults is errors.Join for faults.
func joinFaults(faults []Fault) error {
	errs := make([]error, len(faults))
	for i, f := range faults {
		errs[i] = f
	}
	return errors.Join(errs...)
}

// writePath writes a line for each need, who has it and what answers it.
func writePath(b *strings.Builder, path []Link) {
	for _, link := range path {
		if link.Need.Key == "" {
			continue
		}
		fmt.Fprintf(b, "\n\t%s needs %s", link.Need.title(), link.Need.Key.Label())
		if link.Provider != nil {
			fmt.Fprintf(b, ", from %s", link.Provider.title())
			if link.Provider.Key != link.Need.Key {
				b.WriteString(" as " + link.Provider.Key.Label())
			}
		} else {
			b.WriteString(", which nothing provides")
		}
	}
}

func writeTies(b *strings.Builder, ties []Tie) {
	for _, tie := range ties {
		fmt.Fprintf(b, "\n\t%s and %s are one (%s)", tie.Alias.Label(), tie.Key.Label(), tie.Source)
	}
}

// shownRoots keeps a fault under a provider that every handler uses readable.
const shownRoots = 3

func writeAffected(b *strings.Builder, roots []Need) {
	if len(roots) == 0 {
		return
	}
	b.WriteString("\n\taffects ")
	for i, root := range roots[:min(len(roots), shownRoots)] {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(root.title())
	}
	if more := len(roots) - shownRoots; more > 0 {
		fmt.Fprintf(b, "; and %d more", more)
	}
}

// title names who needs it and where.
func (n *Need) title() string {
	by := n.By
	if by == "" {
		by = "somebody"
	}
	return by + " (" + n.Source.String() + ")"
}
