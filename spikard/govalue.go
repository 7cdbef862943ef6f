package spikard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/internal/bind"
)

// export is a Go value that an app knows by a handle, or why it can't be.
type export struct {
	handle uint64
	err    error
}

// writeGoValue writes a Go value as Python will see it: a proxy for a class
// without fields, else what its JSON makes of the class or of the parameter's
// type.
func (a *pythonApp) writeGoValue(key di.Key, in pybridge.Input, w *wire.Writer) error {
	v := a.values[key]
	class, isClass := a.manifest.Types[string(key)]
	if isClass && class.Kind == pybridge.ClassPlain {
		e, ok := a.exports[key]
		if !ok {
			e.handle, e.err = a.export(v, &class)
			a.exports[key] = e
		}
		if e.err == nil {
			w.GoValue(e.handle)
		}
		return e.err
	}
	typ := &pybridge.Type{Kind: pybridge.TypeAny}
	switch {
	case isClass:
		typ = &pybridge.Type{Kind: pybridge.TypeClass, Ref: string(key)}
	case in.Callable >= 0:
		if t := a.manifest.Callables[in.Callable].Params[in.Param].Type; t != nil {
			typ = t
		}
	}
	if err := a.writeJSON(v.value, typ, w); err != nil {
		return faultAt(v.source, "Go %T for %s: %w", v.value, key.Label(), err)
	}
	return nil
}

func (a *pythonApp) writeJSON(value any, typ *pybridge.Type, w *wire.Writer) error {
	binder, err := bind.CompileValue(a.manifest, typ)
	if err != nil {
		return err
	}
	text, err := encodeJSON(value)
	if err != nil {
		return err
	}
	return binder.Decode(text, w)
}

// export makes the value's methods known to the app.
func (a *pythonApp) export(v goValue, class *pybridge.Class) (uint64, error) {
	var faults []error
	methods := make([]pybridge.GoMethod, len(class.Methods))
	for i := range class.Methods {
		m, err := a.goMethod(v.value, &class.Methods[i])
		if err != nil {
			faults = append(faults, faultAt(v.source, "Go %T can't stand for Python's %s: method %s (%s): %w",
				v.value, class.Name, class.Methods[i].Name, class.Methods[i].Source, err))
		}
		methods[i] = m
	}
	if len(faults) > 0 {
		return 0, errors.Join(faults...)
	}
	exported, err := a.app.Export(pybridge.Exported{Class: class.Index, Methods: methods})
	if err != nil {
		return 0, faultAt(v.source, "Go %T for Python's %s: %w", v.value, class.Name, err)
	}
	handle, err := a.app.Keep(exported, v.value)
	if err != nil {
		return 0, faultAt(v.source, "Go %T for Python's %s: %w", v.value, class.Name, err)
	}
	return handle, nil
}

// encodeJSON is json.Marshal without the escapes that only matter within HTML.
func encodeJSON(value any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// joinAll is errors.Join without what is there twice: one faulty value may
// stand in the way of many routes.
func joinAll(faults []error) error {
	var out []error
	seen := map[string]bool{}
	for _, f := range faults {
		for _, one := range leaves(f) {
			if !seen[fmt.Sprint(one)] {
				seen[fmt.Sprint(one)] = true
				out = append(out, one)
			}
		}
	}
	return errors.Join(out...)
}
