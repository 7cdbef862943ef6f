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
	a := p.app
	if err := ctx.Err(); err != nil {
		return pybridge.Result{}, err
	}
	if p.async && ctx.Value(insideLoop{}) == a.loop {
		return pybridge.Result{}, errInsideLoop
	}
	if !a.users.enter() {
		return pybridge.Result{}, pybridge.ErrClosed
	}
	c := a.interpreter.calls.get()
	c.app, c.ctx, c.program = a, ctx, p
	c.frame.SetRequestID(info.RequestID)
	if p.suspends || info.Go != nil {
		c.ticket = a.interpreter.tickets.add(&half{app: a, ctx: ctx, call: c, scope: info.Go})
		c.frame.SetTicket(c.ticket)
	}
	if err := c.run(ctx, in); err != nil {
		c.end()
		return pybridge.Result{}, err
	}
	return c.result(), nil
}

// run runs the call. An error means that it was not let in.
func (c *call) run(ctx context.Context, in []byte) error {
	if lane := &c.program.lane; lane.places.IsOwn() {
		if err := lane.places.Enter(ctx); err != nil {
			return err
		}
		defer lane.places.Leave()
	}
	switch p := c.program; {
	case p.suspends:
		c.frame.SetInput(p.shim, in)
		c.app.loop.runObserved(ctx, c)
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
		return c.byBaton(ctx, in)
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
		Outputs: p.Outputs, StatusCode: p.StatusCode,
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
