package di

import (
	"context"
	"reflect"
	"unsafe"
)

// maxDirect is how many dependencies a constructor has that is called directly.
const maxDirect = 4

type (
	pointer   = unsafe.Pointer
	arguments = [maxDirect]pointer
	// direct calls a constructor of the commonest form without reflection, which
	// takes ten times as long: its dependencies and its value are pointers.
	direct func(ctx context.Context, a arguments) (pointer, func(error) error, error)
)

// newDirect gives the direct call of a constructor, or nil where its form is
// another. Two functions whose types differ only in what pointers point at take
// their arguments and give their results in the same way: so the function is
// called as one of unsafe pointers. Nothing else is assumed of it; the values go
// in and come out by way of package reflect.
func newDirect(c *constructor) direct {
	if len(c.slots) > maxDirect || !isPointer(c.result) {
		return nil
	}
	for _, in := range c.slots {
		if in.field != none || !isPointer(in.typ) {
			return nil
		}
	}
	held := reflect.New(c.fn.Type())
	held.Elem().Set(c.fn)
	at := held.UnsafePointer() // of the function value
	if c.takesContext {
		return directWithContext(at, len(c.slots), c.form())
	}
	return directWithout(at, len(c.slots), c.form())
}

// isPointer tells a plain pointer: one of a type with a name has to keep it.
func isPointer(t reflect.Type) bool { return t.Kind() == reflect.Pointer && t.Name() == "" }

// form is what a constructor gives besides its value.
type form uint8

const (
	formOther form = iota
	formValue
	formError
	formCleanup // a func(error) error, and an error
)

func (c *constructor) form() form {
	switch {
	case !c.givesClean && !c.givesFailed:
		return formValue
	case !c.givesClean:
		return formError
	case c.givesFailed && c.fn.Type().Out(1) == reflect.TypeFor[func(error) error]():
		return formCleanup
	}
	return formOther
}

// give is the build of a provider whose constructor is called directly.
func (d direct) give(ctx context.Context, p *provision, deps []any) (any, func(error) error, error) {
	var a arguments
	for i := range p.slots {
		arg, err := p.pointer(ctx, i, deps[i])
		if err != nil {
			return nil, nil, err
		}
		a[i] = arg
	}
	value, cleanup, err := d(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	return reflect.NewAt(p.result.Elem(), value).Interface(), cleanup, nil
}

// pointer gives a value as the argument at a place.
func (p *provision) pointer(ctx context.Context, i int, value any) (pointer, error) {
	if v := reflect.ValueOf(value); v.IsValid() && v.Type() == p.slots[i].typ {
		return v.UnsafePointer(), nil
	}
	v, err := p.fitted(ctx, i, value)
	if err != nil {
		return nil, err
	}
	return v.UnsafePointer(), nil
}

func directWithout(at pointer, arity int, f form) direct {
	switch [2]int{arity, int(f)} {
	case [2]int{0, int(formValue)}:
		call := *(*func() pointer)(at)
		return func(_ context.Context, _ arguments) (pointer, func(error) error, error) {
			return call(), nil, nil
		}
	case [2]int{0, int(formError)}:
		call := *(*func() (pointer, error))(at)
		return func(_ context.Context, _ arguments) (pointer, func(error) error, error) {
			v, err := call()
			return v, nil, err
		}
	case [2]int{0, int(formCleanup)}:
		call := *(*func() (pointer, func(error) error, error))(at)
		return func(_ context.Context, _ arguments) (pointer, func(error) error, error) {
			return call()
		}
	case [2]int{1, int(formValue)}:
		call := *(*func(pointer) pointer)(at)
		return func(_ context.Context, a arguments) (pointer, func(error) error, error) {
			return call(a[0]), nil, nil
		}
	case [2]int{1, int(formError)}:
		call := *(*func(pointer) (pointer, error))(at)
		return func(_ context.Context, a arguments) (pointer, func(error) error, error) {
			v, err := call(a[0])
			return v, nil, err
		}
	case [2]int{1, int(formCleanup)}:
		call := *(*func(pointer) (pointer, func(error) error, error))(at)
		return func(_ context.Context, a arguments) (pointer, func(error) error, error) {
			return call(a[0])
		}
	case [2]int{2, int(formValue)}:
		call := *(*func(pointer, pointer) pointer)(at)
		return func(_ context.Context, a arguments) (pointer, func(error) error, error) {
			return call(a[0], a[1]), nil, nil
		}
	case [2]int{2, int(formError)}:
		call := *(*func(pointer, pointer) (pointer, error))(at)
		return func(_ context.Context, a arguments) (pointer, func(error) error, error) {
			v, err := call(a[0], a[1])
			return v, nil, err
		}
	case [2]int{2, int(formCleanup)}:
		call := *(*func(pointer, pointer) (pointer, func(error) error, error))(at)
		return func(_ context.Context, a arguments) (pointer, func(error) error, error) {
			return call(a[0], a[1])
		}
	case [2]int{3, int(formValue)}:
		call := *(*func(pointer, pointer, pointer) pointer)(at)
		return func(_ context.Context, a arguments) (pointer, func(error) error, error) {
			return call(a[0], a[1], a[2]), nil, nil
		}
	case [2]int{3, int(formError)}:
		call := *(*func(pointer, pointer, pointer) (pointer, error))(at)
		return func(_ context.Context, a arguments) (pointer, func(error) error, error) {
			v, err := call(a[0], a[1], a[2])
			return v, nil, err
		}
	case [2]int{3, int(formCleanup)}:
		call := *(*func(pointer, pointer, pointer) (pointer, func(error) error, error))(at)
		return func(_ context.Context, a arguments) (pointer, func(error) error, error) {
			return call(a[0], a[1], a[2])
		}
	case [2]int{4, int(formValue)}:
		call := *(*func(pointer, pointer, pointer, pointer) pointer)(at)
		return func(_ context.Context, a arguments) (pointer, func(error) error, error) {
			return call(a[0], a[1], a[2], a[3]), nil, nil
		}
	case [2]int{4, int(formError)}:
		call := *(*func(pointer, pointer, pointer, pointer) (pointer, error))(at)
		return func(_ context.Context, a arguments) (pointer, func(error) error, error) {
			v, err := call(a[0], a[1], a[2], a[3])
			return v, nil, err
		}
	case [2]int{4, int(formCleanup)}:
		call := *(*func(pointer, pointer, pointer, pointer) (pointer, func(error) error, error))(at)
		return func(_ context.Context, a arguments) (pointer, func(error) error, error) {
			return call(a[0], a[1], a[2], a[3])
		}
	}
	return nil
}

func directWithContext(at pointer, arity int, f form) direct {
	switch [2]int{arity, int(f)} {
	case [2]int{0, int(formValue)}:
		call := *(*func(context.Context) pointer)(at)
		return func(ctx context.Context, _ arguments) (pointer, func(error) error, error) {
			return call(ctx), nil, nil
		}
	case [2]int{0, int(formError)}:
		call := *(*func(context.Context) (pointer, error))(at)
		return func(ctx context.Context, _ arguments) (pointer, func(error) error, error) {
			v, err := call(ctx)
			return v, nil, err
		}
	case [2]int{0, int(formCleanup)}:
		call := *(*func(context.Context) (pointer, func(error) error, error))(at)
		return func(ctx context.Context, _ arguments) (pointer, func(error) error, error) {
			return call(ctx)
		}
	case [2]int{1, int(formValue)}:
		call := *(*func(context.Context, pointer) pointer)(at)
		return func(ctx context.Context, a arguments) (pointer, func(error) error, error) {
			return call(ctx, a[0]), nil, nil
		}
	case [2]int{1, int(formError)}:
		call := *(*func(context.Context, pointer) (pointer, error))(at)
		return func(ctx context.Context, a arguments) (pointer, func(error) error, error) {
			v, err := call(ctx, a[0])
			return v, nil, err
		}
	case [2]int{1, int(formCleanup)}:
		call := *(*func(context.Context, pointer) (pointer, func(error) error, error))(at)
		return func(ctx context.Context, a arguments) (pointer, func(error) error, error) {
			return call(ctx, a[0])
		}
	case [2]int{2, int(formValue)}:
		call := *(*func(context.Context, pointer, pointer) pointer)(at)
		return func(ctx context.Context, a arguments) (pointer, func(error) error, error) {
			return call(ctx, a[0], a[1]), nil, nil
		}
	case [2]int{2, int(formError)}:
		call := *(*func(context.Context, pointer, pointer) (pointer, error))(at)
		return func(ctx context.Context, a arguments) (pointer, func(error) error, error) {
			v, err := call(ctx, a[0], a[1])
			return v, nil, err
		}
	case [2]int{2, int(formCleanup)}:
		call := *(*func(context.Context, pointer, pointer) (pointer, func(error) error, error))(at)
		return func(ctx context.Context, a arguments) (pointer, func(error) error, error) {
			return call(ctx, a[0], a[1])
		}
	case [2]int{3, int(formValue)}:
		call := *(*func(context.Context, pointer, pointer, pointer) pointer)(at)
		return func(ctx context.Context, a arguments) (pointer, func(error) error, error) {
			return call(ctx, a[0], a[1], a[2]), nil, nil
		}
	case [2]int{3, int(formError)}:
		call := *(*func(context.Context, pointer, pointer, pointer) (pointer, error))(at)
		return func(ctx context.Context, a arguments) (pointer, func(error) error, error) {
			v, err := call(ctx, a[0], a[1], a[2])
			return v, nil, err
		}
	case [2]int{3, int(formCleanup)}:
		call := *(*func(context.Context, pointer, pointer, pointer) (pointer, func(error) error, error))(at)
		return func(ctx context.Context, a arguments) (pointer, func(error) error, error) {
			return call(ctx, a[0], a[1], a[2])
		}
	case [2]int{4, int(formValue)}:
		call := *(*func(context.Context, pointer, pointer, pointer, pointer) pointer)(at)
		return func(ctx context.Context, a arguments) (pointer, func(error) error, error) {
			return call(ctx, a[0], a[1], a[2], a[3]), nil, nil
		}
	case [2]int{4, int(formError)}:
		call := *(*func(context.Context, pointer, pointer, pointer, pointer) (pointer, error))(at)
		return func(ctx context.Context, a arguments) (pointer, func(error) error, error) {
			v, err := call(ctx, a[0], a[1], a[2], a[3])
			return v, nil, err
		}
	case [2]int{4, int(formCleanup)}:
		call := *(*func(context.Context, pointer, pointer, pointer, pointer) (pointer, func(error) error, error))(at)
		return func(ctx context.Context, a arguments) (pointer, func(error) error, error) {
			return call(ctx, a[0], a[1], a[2], a[3])
		}
	}
	return nil
}
