package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython"
	"github.com/spikard/spikard-go/pybridge/embedded"
	"github.com/spikard/spikard-go/pybridge/wire"
)

//go:embed codec/app.py
var codecFiles embed.FS

// codecApp is the app whose handlers are timed.
type codecApp struct {
	engine   pybridge.Engine
	app      pybridge.App
	handlers map[string]pybridge.Callable
}

// openCodec starts the embedded Python in this process and loads the app.
func openCodec(ctx context.Context) (*codecApp, error) {
	files, err := fs.Sub(codecFiles, "codec")
	if err != nil {
		return nil, err
	}
	c := &codecApp{engine: cpython.New(cpython.Options{Embedded: embedded.Home}), handlers: map[string]pybridge.Callable{}}
	if err := c.engine.Start(ctx); err != nil {
		return nil, err
	}
	if c.app, err = c.engine.Load(ctx, pybridge.AppSpec{Target: "app:app", FS: files}); err != nil {
		return nil, errors.Join(err, c.engine.Stop(ctx))
	}
	if err := c.compile(); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *codecApp) compile() error {
	for _, route := range c.app.Manifest().Routes {
		p := pybridge.Program{Handler: &pybridge.Step{Kind: pybridge.StepHandler, Callable: route.Callable}}
		for i := range c.app.Manifest().Callables[route.Callable].Params {
			p.Inputs = append(p.Inputs, pybridge.Input{Callable: route.Callable, Param: i})
			p.Handler.Args = append(p.Handler.Args, i)
		}
		callable, err := c.app.Compile(p)
		if err != nil {
			return err
		}
		c.handlers[strings.TrimPrefix(route.Path, "/")] = callable
	}
	return nil
}

func (c *codecApp) close() error {
	ctx := context.Background()
	return errors.Join(c.app.Close(ctx), c.engine.Stop(ctx))
}

// turn takes each step once. The value is dropped between two of them, so that
// none is charged for the other's garbage.
func (c *codecApp) turn(ctx context.Context, b codecBody) (codecTimes, error) {
	var text wire.Writer
	text.Raw(b.text)
	var t codecTimes
	var errs [6]error
	t.loads, errs[0] = c.told(ctx, "loaded", text.Bytes())
	t.dumps, errs[1] = c.told(ctx, "dumped", nil)
	_, errs[2] = c.call(ctx, "dropped", nil, nil)
	t.build, errs[3] = c.call(ctx, "given", b.wire, nil)
	t.answer, errs[4] = c.call(ctx, "answered", nil, nil)
	_, errs[5] = c.call(ctx, "dropped", nil, nil)
	return t, errors.Join(errs[:]...)
}

// call runs a handler, hands its answer to read, and gives the time that the
// call took.
func (c *codecApp) call(ctx context.Context, name string, in []byte, read func(body []byte) error) (time.Duration, error) {
	began := time.Now()
	result, err := c.handlers[name].Call(ctx, in, pybridge.CallInfo{})
	took := time.Since(began)
	if err != nil {
		return 0, err
	}
	defer result.Release()
	switch {
	case result.Exception != nil:
		return 0, fmt.Errorf("%s: %w", name, result.Exception)
	case result.Outcome != pybridge.Answered:
		return 0, fmt.Errorf("%s: outcome %d: %s", name, result.Outcome, result.Detail)
	case read != nil:
		return took, read(result.Body)
	}
	return took, nil
}

// told gives the time that a handler has measured itself.
func (c *codecApp) told(ctx context.Context, name string, in []byte) (took time.Duration, err error) {
	_, err = c.call(ctx, name, in, func(body []byte) error {
		n, err := strconv.ParseInt(string(body), 10, 64)
		took = time.Duration(n)
		return err
	})
	return took, err
}
