package pybridgetest

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/spikard/spikard-go/pybridge"
)

func (o object) Await(ctx context.Context) (pybridge.Object, error) {
	value, err := o.value(ctx)
	if err != nil {
		return nil, err
	}
	awaitable, ok := value.(Awaitable)
	if !ok {
		return nil, cannot(value, "can't be awaited")
	}
	result, err := awaitable(context.WithValue(ctx, loadedKey{}, o.app))
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, raised(err)
	}
	return o.app.give(result), nil
}

func cannot(value any, what string) error {
	return &pybridge.Exception{Type: "TypeError", Message: fmt.Sprintf("'%T' object %s", value, what)}
}

// iteration goes over an Iterable.
type iteration struct {
	ctx  context.Context
	app  *loaded
	next func() (any, error, bool)
	stop func()
	item uint64 // that is on loan; 0: none
}

func (o object) Iter(ctx context.Context) (pybridge.Iterator, error) {
	value, err := o.value(ctx)
	if err != nil {
		return nil, err
	}
	var seq iter.Seq2[any, error]
	switch v := value.(type) {
	case Iterable:
		seq = iter.Seq2[any, error](v)
	case []any:
		seq = func(yield func(any, error) bool) {
			for _, item := range v {
				if !yield(item, nil) {
					return
				}
			}
		}
	default:
		return nil, cannot(value, "is not iterable")
	}
	i := &iteration{ctx: ctx, app: o.app}
	i.next, i.stop = iter.Pull2(seq)
	return i, nil
}

func (i *iteration) Next() (pybridge.Object, error) {
	if err := i.ctx.Err(); err != nil {
		return nil, err
	}
	if i.app.isClosed() {
		return nil, pybridge.ErrClosed
	}
	i.takeBack()
	value, err, ok := i.next()
	switch {
	case !ok:
		return nil, io.EOF
	case err != nil:
		i.stop()
		return nil, raised(err)
	}
	i.item = i.app.objects.lend(value)
	return object{app: i.app, handle: i.item, lent: true}, nil
}

func (i *iteration) Close() {
	i.takeBack()
	i.stop()
}

func (i *iteration) takeBack() {
	i.app.objects.takeBack(i.item)
	i.item = 0
}
