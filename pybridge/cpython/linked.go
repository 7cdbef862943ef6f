//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"errors"
	"fmt"

	"github.com/spikard/spikard-go/pybridge/cpython/internal/locate"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
)

var errNotLinked = errors.New("the program is not linked with a libpython")

// LinkedError is returned by an engine that would open a libpython in a program that
// is linked with one: extension modules would take half of their symbols from each.
type LinkedError struct{ Library string }

// Error says which library it is, and which engine runs it.
func (e *LinkedError) Error() string {
	return fmt.Sprintf("this program is linked with %s, and another libpython can't be opened beside it: "+
		"use the engine of package pybridge/gopython3, which runs that one, or leave out what links it", e.Library)
}

// find chooses the Python of the first app. running: the program has started it.
func (i *interpreter) find(ctx context.Context, o Options, r locate.Request) (p *locate.Python, running bool, err error) {
	library := shim.LinkedLibrary()
	switch {
	case o.Linked == nil && library != "" && i.python == nil:
		return nil, false, &LinkedError{Library: library}
	case o.Linked == nil:
		p, err = locate.Find(ctx, r)
		return p, false, err
	case library == "":
		return nil, false, errNotLinked
	}
	if i.python == nil {
		up, err := o.Linked(ctx)
		if err != nil {
			return nil, false, fmt.Errorf("ask the interpreter that the program is linked with: %w", err)
		}
		if up != nil {
			return up.python(library), true, nil
		}
	}
	r.Linked, r.Embedded = library, nil
	p, err = locate.Find(ctx, r)
	return p, false, err
}

func (r *Running) python(library string) *locate.Python {
	return &locate.Python{
		Version: r.Version, Major: r.Major, Minor: r.Minor, Executable: r.Executable, Prefix: r.Prefix,
		BasePrefix: r.Prefix, Library: library, Origin: "the program's own start of it",
	}
}
