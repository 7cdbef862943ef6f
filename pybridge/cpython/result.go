//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"encoding/binary"
	"fmt"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
)

const jsonType = "application/json"

// result reads the frame. The call passes to the Result.
func (c *call) result() pybridge.Result {
	f := c.frame
	r := pybridge.Result{
		Outcome:     pybridge.Outcome(f.Outcome()),
		Status:      f.Status(),
		ContentType: jsonType,
		Body:        f.Body(),
	}
	r.OnRelease(c.release)
	if f.HasLater() {
		r.OnSent(c.beginLater)
	}
	switch meta := f.Meta(); {
	case c.refused != nil && r.Outcome == pybridge.Streamed:
		r.Outcome, r.Exception = pybridge.Raised, &pybridge.Exception{Type: "builtins.RuntimeError", Message: c.refused.Error()}
	case r.Outcome == pybridge.Values:
		r.Objects = c.objects(meta)
		r.OnEnd(c.endHeld)
	case len(meta) == 0:
	default:
		readMeta(meta, &r, c)
		if r.Exception != nil {
			c.app.place.plainException(r.Exception)
		}
	}
	return r
}

// end is Release: it runs what clean-up there is and gives the call back.
func (c *call) end() {
	a := c.app
	c.releaseHeld()
	c.dropLater()
	if c.ticket != 0 {
		a.interpreter.tickets.void(c.ticket)
	}
	a.interpreter.calls.put(c)
	a.users.leave()
}

// readMeta reads what result.c writes, for that call.
func readMeta(meta []byte, r *pybridge.Result, c *call) {
	m := metaReader(meta)
	r.ContentType = m.text()
	r.Detail = m.text()
	exc := pybridge.Exception{Type: m.text(), Message: m.text(), Traceback: m.text(), File: m.text(), Path: m.text()}
	exc.Line = m.number()
	if m.number() != 0 {
		exc.Err = c.failed
	}
	switch {
	case r.Outcome == pybridge.Raised:
		r.Exception = &exc
	case r.Outcome == pybridge.Problem && exc.Message != "":
		r.Body = []byte(exc.Message)
	}
	n := m.number()
	if n > 0 {
		r.Header = make([]pybridge.HeaderLine, n)
	}
	for i := range r.Header {
		r.Header[i] = pybridge.HeaderLine{Name: m.text(), Value: m.text()}
	}
}

// metaReader reads the shim's own bytes, which are never cut short.
type metaReader []byte

func (m *metaReader) number() int {
	n := binary.NativeEndian.Uint32(*m)
	*m = (*m)[4:]
	return int(n)
}

func (m *metaReader) text() string {
	n := m.number()
	s := string((*m)[:n])
	*m = (*m)[n:]
	return s
}

// failure is the exception that a frame holds after a call of the shim that
// did not succeed.
func failure(f shim.Frame) *pybridge.Exception {
	if len(f.Meta()) == 0 {
		return &pybridge.Exception{Type: "MemoryError", Message: "no memory for a call into python"}
	}
	r := pybridge.Result{Outcome: pybridge.Raised}
	readMeta(f.Meta(), &r, callOf(f))
	if pybridge.Outcome(f.Outcome()) == pybridge.Problem { // an HTTPException where there is no request to answer
		r.Exception.Type, r.Exception.Message = "spikard._exceptions.HTTPException", fmt.Sprintf("%d: %s", f.Status(), r.Detail)
	}
	return r.Exception
}
