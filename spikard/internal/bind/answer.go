package bind

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// Answer checks what a Python function answers. It is made by [CompileAnswer].
//
// # Concurrency
//
// Any number of goroutines may use it.
type Answer struct{ value jsonBinder }

// CompileAnswer makes the check of a function's answers: by a JSON Schema, or
// without one by the type that the function says it returns. It is nil where
// neither tells anything.
//
// # Errors
//
// All faults of the schema or the type are joined. Each names the function and
// its source.
func CompileAnswer(m *pybridge.Manifest, fn *pybridge.Function, schema json.RawMessage) (*Answer, error) {
	c := compiler{manifest: m, subject: fmt.Sprintf("%s (%s)", fn.Name, fn.Source)}
	a := &Answer{}
	switch {
	case len(schema) > 0:
		c.within("response_schema", func() { a.value = c.schemaNode(schema) })
	case fn.Returns == nil || fn.Returns.Kind == pybridge.TypeAny:
		return nil, nil
	default:
		c.within("the return type", func() { a.value = c.json(fn.Returns) })
	}
	return a, errors.Join(c.faults...)
}

// Check checks the JSON text of an answer.
//
// # Errors
//
// The error names the first place that doesn't fit, as "$.items[3].price", and
// wraps ErrValue.
func (a *Answer) Check(text []byte) error {
	s := acquire(nil)
	defer s.release()
	s.w, s.places = &s.own, true
	s.open(jsonwire.View(text))
	a.value.json(s)
	s.scan.End()
	return s.valueError()
}
