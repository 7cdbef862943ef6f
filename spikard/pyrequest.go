package spikard

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/internal/bind"
)

// writeRequest writes the request as Python's Request.
//
// # Errors
//
// A value of the request's state that is no JSON.
func (x *exchange) writeRequest(body []byte) error {
	w := &x.wire
	w.Request()
	w.Str(x.Method())
	w.Str(unescaped(x.path))
	w.Str(text(x.RawQuery()))
	at, n := w.Len(), 0
	w.List(0)
	for name, value := range x.Headers() {
		w.Str(text(strings.ToLower(name)))
		w.Str(text(value))
		n += 2
	}
	w.SetCount(at, n)
	client := x.who()
	w.Str(client.Addr)
	w.Str(client.Scheme)
	w.Str(text(client.Host))
	w.Dict(len(x.pathNames))
	for i, name := range x.pathNames {
		w.Str(name)
		w.Str(unescaped(x.values[i]))
	}
	if x.streamed {
		w.Null()
	} else {
		w.Raw(body)
	}
	return x.writeState()
}

// writeTrace writes the trace context of the request.
func (x *exchange) writeTrace() {
	parent, state := middleware.Traceparent(x.Context())
	if parent == "" {
		x.wire.Null()
		return
	}
	x.wire.Tuple(2)
	x.wire.Str(parent)
	x.wire.Str(text(state))
}

// writeState writes what Go's hooks have left for those of Python.
func (x *exchange) writeState() error {
	w := &x.wire
	if len(x.state) == 0 {
		w.Null()
		return nil
	}
	w.Dict(len(x.state))
	for _, name := range slices.Sorted(maps.Keys(x.state)) {
		w.Str(name)
		text, err := encodeJSON(x.state[name])
		if err == nil {
			err = anything.Decode(text, w)
		}
		if err != nil {
			return fmt.Errorf("%q of the request's state, for Python: %w", name, err)
		}
	}
	return nil
}

// anything makes of JSON what Python's json.loads would.
var anything = func() *bind.ValueBinder {
	b, err := bind.CompileValue(&pybridge.Manifest{}, &pybridge.Type{Kind: pybridge.TypeAny})
	if err != nil {
		panic("spikard: " + err.Error()) // there is no class to be missing
	}
	return b
}()

// unescaped decodes a canonical path, which always can be.
func unescaped(path string) string {
	out, err := url.PathUnescape(path)
	if err != nil {
		return text(path)
	}
	return text(out)
}

// text makes a str of header or query bytes that aren't UTF-8: HTTP's bytes
// are Latin-1 then, as ASGI has it.
func text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}
