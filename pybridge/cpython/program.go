//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
)

// program is a compiled pybridge.Program.
type program struct {
	app      *app
	name     string
	shim     shim.Program
	async    bool
	suspends bool
	lane     lane
}

var _ pybridge.Callable = (*program)(nil)

// Call runs the program on this goroutine's thread, or on the event loop if it
// can suspend.
func (p *program) Call(ctx context.Context, in []byte, info pybridge.CallInfo) (pybridge.Result, error) {
	c, err := p.open(ctx, info)
	if err != nil {
		return pybridge.Result{}, err
	}
	if p.suspends {
		c.frame.SetInput(p.shim, in)
		p.app.loop.runObserved(ctx, c)
	} else if err := c.runInline(in); err != nil {
		c.leave()
		c.end()
		return pybridge.Result{}, err
	}
	if c.frame.Parts() != shim.PartsNone {
		c.stream()
	}
	return c.ended(), nil
}

// Start runs the program, and leaves the waiting to the event loop. A goroutine
// waits for the client where the parts of an answer are made one by one.
func (p *program) Start(ctx context.Context, in []byte, info pybridge.CallInfo, done func(pybridge.Result, error)) {
	c, err := p.open(ctx, info)
	if err != nil {
		done(pybridge.Result{}, err)
		return
	}
	streamed := func() {
		if c.frame.Parts() != shim.PartsNone {
			c.stream()
		}
		done(c.ended(), nil)
	}
	c.frame.SetLasting()
	if p.suspends {
		c.frame.SetInput(p.shim, in)
		p.app.loop.start(c, streamed)
		return
	}
	if err := c.runInline(in); err != nil {
		c.leave()
		c.end()
		done(pybridge.Result{}, err)
		return
	}
	switch {
	case c.frame.Parts() == shim.PartsAsync && c.channel != nil:
		c.issueOnce()
		p.app.loop.start(c, func() { done(c.ended(), nil) })
	case c.frame.Parts() != shim.PartsNone:
		go streamed() // the app's users wait for it: it has the call
	default:
		done(c.ended(), nil)
	}
}

// open begins a call.
func (p *program) open(ctx context.Context, info pybridge.CallInfo) (*call, error) {
	a := p.app
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p.async && ctx.Value(insideLoop{}) == a.loop {
		return nil, errInsideLoop
	}
	if !a.users.enter() {
		return nil, pybridge.ErrClosed
	}
	if p.lane.places.IsOwn() {
		if err := p.lane.places.Enter(ctx); err != nil {
			a.users.leave()
			return nil, err
		}
	}
	c := a.interpreter.calls.get()
	c.app, c.ctx, c.program = a, ctx, p
	c.placed = p.lane.places.IsOwn()
	c.channel = info.Channel
	c.frame.SetRequestID(info.RequestID)
	if p.suspends || info.Go != nil {
		c.issue(info.Go)
	}
	if w := &a.interpreter.watch; w.wanted.Load() > 0 {
		w.begin(c, info.RequestID)
		c.watched = true
	}
	return c, nil
}

// ended is the result of a call.
func (c *call) ended() pybridge.Result {
	c.leave()
	return c.result()
}

// leave ends what open has begun besides.
func (c *call) leave() {
	if c.watched {
		c.app.interpreter.watch.end(c)
		c.watched = false
	}
	if c.placed {
		c.program.lane.places.Leave()
		c.placed = false
	}
}

// runInline runs a program that can't suspend. An error means that the call was not
// let in.
func (c *call) runInline(in []byte) error {
	switch p := c.program; {
	case p.async:
		// A call that can't suspend runs here as if it were a step of the loop.
		c.app.loop.lock.Lock()
		c.frame.SetTurn(c.app.interpreter.baton.enter(p.lane.number))
		c.cross(in)
		c.app.loop.lock.Unlock()
		if c.frame.Wake() {
			c.app.loop.wake()
		}
	default:
		return c.byBaton(c.ctx, in)
	}
	return nil
}

// description is a pybridge.Program as the runtime's Plan reads it.
type description struct {
	Name          string           `json:"name"`
	Inputs        []inputDescribed `json:"inputs"`
	Steps         []stepDescribed  `json:"steps"`
	Handler       *stepDescribed   `json:"handler"`
	OnResponse    []stepDescribed  `json:"on_response"`
	OnError       []stepDescribed  `json:"on_error"`
	ErrorHandlers []stepDescribed  `json:"error_handlers"`
	Refusal       int              `json:"refusal"`
	Trace         int              `json:"trace"`
	Outputs       []int            `json:"outputs"`
	OnLoop        bool             `json:"on_loop"`
	StatusCode    int              `json:"status_code"`
}

type inputDescribed struct {
	Callable int `json:"callable"`
	Param    int `json:"param"`
}

type stepDescribed struct {
	Kind     pybridge.StepKind `json:"kind"`
	Callable int               `json:"callable"`
	Args     []int             `json:"args"`
	Results  int               `json:"results"`
}

func describe(p pybridge.Program) ([]byte, error) {
	d := description{
		Name: p.Name, Steps: steps(p.Steps), OnResponse: steps(p.OnResponse),
		OnError: steps(p.OnError), ErrorHandlers: steps(p.ErrorHandlers), Refusal: p.Refusal, Trace: p.Trace,
		Outputs: p.Outputs, OnLoop: p.OnLoop, StatusCode: p.StatusCode,
	}
	for _, in := range p.Inputs {
		d.Inputs = append(d.Inputs, inputDescribed(in))
	}
	if p.Handler != nil {
		handler := stepDescribed(*p.Handler)
		d.Handler = &handler
	}
	return json.Marshal(d)
}

func steps(list []pybridge.Step) []stepDescribed {
	out := make([]stepDescribed, len(list))
	for i, s := range list {
		out[i] = stepDescribed(s)
	}
	return out
}

// Compile prepares a program.
func (a *app) Compile(p pybridge.Program) (pybridge.Callable, error) {
	text, err := describe(p)
	if err != nil {
		return nil, fmt.Errorf("compile program %s: %w", p.Name, err)
	}
	if !a.users.enter() {
		return nil, pybridge.ErrClosed
	}
	defer a.users.leave()
	var compiled shim.Program
	var ok bool
	failure := a.inside(func(f shim.Frame) bool {
		compiled, ok = a.shim.Compile(text, f)
		return ok
	})
	if failure != nil {
		return nil, fmt.Errorf("compile program %s: %w", p.Name, failure)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.programs = append(a.programs, compiled)
	out := &program{
		app: a, name: p.Name, shim: compiled,
		async: compiled.Async(), suspends: compiled.Suspends(),
	}
	out.lane.places = a.placesFor(&p)
	a.interpreter.baton.lanes.add(&out.lane)
	a.lanes = append(a.lanes, &out.lane)
	return out, nil
}
