package di

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"strings"
)

// BuildError says that a provider could not make its value.
type BuildError struct {
	Provider *Provider
	// Err is what Build returned, or a [*PanicError].
	Err error

	way func() []Link
}

// Path leads from a need of the plan, or from a root, to the provider. It is
// worked out when asked for: a request may fail by design, and often.
func (e *BuildError) Path() []Link { return e.way() }

// Error names the value, its provider, who needs it, and the cause.
func (e *BuildError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "build %s with %s", e.Provider.Key.Label(), e.Provider.title())
	path := e.Path()
	for i := len(path) - 1; i >= 0; i-- {
		if path[i].Need.Key != "" {
			b.WriteString(", needed by " + path[i].Need.title())
		}
	}
	b.WriteString(": " + e.Err.Error())
	return b.String()
}

// Unwrap gives Err.
func (e *BuildError) Unwrap() error { return e.Err }

// CleanupError says that the clean-up of a value failed.
type CleanupError struct {
	Provider *Provider
	// Err is what the clean-up returned, or a [*PanicError].
	Err error
}

// Error names the value, its provider and the cause.
func (e *CleanupError) Error() string {
	return fmt.Sprintf("clean up %s of %s: %v", e.Provider.Key.Label(), e.Provider.title(), e.Err)
}

// Unwrap gives Err.
func (e *CleanupError) Unwrap() error { return e.Err }

// PanicError is a panic in a Build or a clean-up.
type PanicError struct {
	// Value is what the code panicked with.
	Value any
	// Stack is the goroutine's stack at the panic.
	Stack []byte
}

// Error gives the value and the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }

// Unwrap gives the value if it is an error, so that a sentinel that code
// panics with on purpose is still found.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// build calls a provider's Build and turns a panic into an error.
func build(ctx context.Context, p *Provider, deps []any) (value any, cleanup func(error) error, err error) {
	defer func() {
		if v := recover(); v != nil {
			value, cleanup, err = nil, nil, &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return p.Build(ctx, deps)
}

// buildAny is build for the providers of either language.
func (r *Registry) buildAny(ctx context.Context, p *Provider, deps []any) (any, func(error) error, error) {
	if !p.IsForeign() {
		return build(ctx, p, deps)
	}
	if r.foreign == nil {
		return nil, nil, ErrNoForeign
	}
	made := Provider{Build: func(ctx context.Context, deps []any) (any, func(error) error, error) {
		return r.foreign(ctx, p, deps)
	}}
	return build(ctx, &made, deps)
}

// closer is a clean-up that is due.
type closer struct {
	provider *Provider
	cleanup  func(error) error
}

// closeAll runs the clean-ups from last to first, every one, and joins what
// they return. One that fails is a failure for those after it, as it is for
// the exit stacks of Python: what it depends on must not be committed.
func closeAll(closers []closer, failure error) error {
	var errs []error
	for i := len(closers) - 1; i >= 0; i-- {
		err := closers[i].close(failure)
		if err == nil {
			continue
		}
		errs = append(errs, err)
		if failure == nil {
			failure = err
		}
	}
	return errors.Join(errs...)
}

func (c *closer) close(failure error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &CleanupError{Provider: c.provider, Err: &PanicError{Value: v, Stack: debug.Stack()}}
		}
	}()
	if err := c.cleanup(failure); err != nil && !same(err, failure) {
		return &CleanupError{Provider: c.provider, Err: err}
	}
	return nil
}

// same compares errors of any type: == panics for those that hold slices.
func same(a, b error) bool {
	return reflect.ValueOf(a).Comparable() && a == b //nolint:errorlint // what wraps the failure adds to it
}
