package spikard

import (
	"errors"
	"fmt"
	"reflect"
)

// injected is a field of an input struct that holds a dependency.
type injected struct {
	name  string
	index []int
	key   string
	typ   reflect.Type
	// constant is the value where Go has it.
	constant reflect.Value
	// output is the number of the Python program's output otherwise.
	output int
}

// injectedFields gives those of an input, the ones of embedded structs too.
func injectedFields(t reflect.Type) []injected {
	if t == nil {
		return nil
	}
	var out []injected
	for _, f := range reflect.VisibleFields(t) {
		if key, ok := f.Tag.Lookup("inject"); ok && f.IsExported() {
			out = append(out, injected{name: f.Name, index: f.Index, key: key, typ: f.Type, output: -1})
		}
	}
	return out
}

// place finds out where the injected fields of a Go route come from: Go's own
// values, or one Python app.
func (r *running) place(route *goRoute) ([]injected, *pythonApp, error) {
	fields := injectedFields(route.handler.input)
	var home *pythonApp
	var faults []error
	outputs := 0
	for i := range fields {
		f := &fields[i]
		if v, ok := r.goValue(f.key); ok {
			f.constant = reflect.ValueOf(v.value)
			if !f.constant.IsValid() || !f.constant.Type().AssignableTo(f.typ) {
				faults = append(faults, fmt.Errorf("field %s is a %s, but %s is the Go %T provided at %s",
					f.name, f.typ, f.key, v.value, v.source))
			}
			continue
		}
		app, err := r.providerOf(f.key)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("field %s: %w", f.name, err))
		case home != nil && home != app:
			faults = append(faults, errors.New("its injected fields come from two Python apps: one is allowed"))
		default:
			home, f.output = app, outputs
			outputs++
		}
	}
	return fields, home, errors.Join(faults...)
}

func (r *running) goValue(key string) (goValue, bool) {
	for _, v := range r.server.values {
		if valueKey(v.key) == valueKey(key) {
			return v, true
		}
	}
	return goValue{}, false
}

// providerOf gives the app that provides a key. A key that no app provides is
// left to the first app's registry to report, with its suggestions.
func (r *running) providerOf(key string) (*pythonApp, error) {
	var home *pythonApp
	for _, app := range r.apps {
		for _, p := range app.manifest.Providers {
			if p.Key != key {
				continue
			}
			if home != nil && home != app {
				return nil, fmt.Errorf("%s is provided by the Python apps %s and %s: rename one",
					key, home.option.target, app.option.target)
			}
			home = app
		}
	}
	if home == nil && len(r.apps) > 0 {
		home = r.apps[0]
	}
	if home == nil {
		return nil, fmt.Errorf("nothing provides %s: there is no Python app, and no spikard.Provide for it", key)
	}
	return home, nil
}
