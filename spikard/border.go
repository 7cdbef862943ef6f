package spikard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/bind"
)

// border is how the value of a provider goes over to Python: Python's own as
// they are, Go's as a proxy of a class without fields, or else as what its JSON
// makes of the class or of the parameter's type.
type border struct {
	app     *pythonApp
	key     di.Key
	source  di.Source
	foreign bool
	export  int               // of the proxies, or none
	binder  *bind.ValueBinder // nil for proxies
}

const none = -1

var errFunc = errors.New("a Go func goes over to Python under the key of a class that declares __call__, as a " +
	"Protocol with `async def __call__(self, amount: int) -> str: ...`; annotate the parameter with such a class")

// borderOf finds out how the provider's value becomes what Python asks for by
// the key, in the parameter in.
func (a *pythonApp) borderOf(p *di.Provider, key di.Key, in pybridge.Input) (*border, error) {
	if p.IsForeign() {
		return &border{app: a, key: p.Key, foreign: true, export: none}, nil
	}
	return a.border(p.Type, p.Key, p.Source, key, in)
}

func (a *pythonApp) border(typ reflect.Type, provided di.Key, source di.Source, key di.Key, in pybridge.Input) (*border, error) {
	b := &border{app: a, key: provided, source: source, export: none}
	class, isClass := a.manifest.Types[string(key)]
	if isClass && class.Kind == pybridge.ClassPlain {
		var err error
		b.export, err = a.exported(typ, key, &class, source)
		return b, err
	}
	if typ != nil && typ.Kind() == reflect.Func {
		return nil, b.fault(typ, errFunc)
	}
	wanted := &pybridge.Type{Kind: pybridge.TypeAny}
	switch {
	case isClass:
		wanted = &pybridge.Type{Kind: pybridge.TypeClass, Ref: string(key)}
	case in.Callable >= 0:
		if t := a.manifest.Callables[in.Callable].Params[in.Param].Type; t != nil {
			wanted = t
		}
	}
	var err error
	if b.binder, err = bind.CompileValue(a.manifest, wanted); err != nil {
		return nil, b.fault(typ, err)
	}
	return b, nil
}

func (b *border) fault(typ reflect.Type, err error) error {
	return faultAt(api.Source(b.source), "Go %s for %s: %w", typ, b.key.Label(), err)
}

func (a *pythonApp) isClass(key di.Key) bool {
	_, ok := a.manifest.Types[string(key)]
	return ok
}

// kept writes a value that outlives requests. Python sees one object for it.
func (b *border) kept(value any, w *wire.Writer) error {
	switch {
	case b.foreign:
		w.PyObject(value.(pybridge.Object).Handle())
	case b.export == none:
		return b.json(value, w)
	default:
		handle, err := b.app.keep(b.export, b.key, value)
		if err != nil {
			return b.fault(reflect.TypeOf(value), err)
		}
		w.GoValue(handle)
	}
	return nil
}

// live writes a value of one call, which Python may ask for by its number.
func (b *border) live(value any, number int, w *wire.Writer) error {
	switch {
	case value == nil:
		w.Null() // a request's own value that it need not have
	case b.foreign:
		w.PyObject(value.(pybridge.Object).Handle())
	case b.export == none:
		return b.json(value, w)
	default:
		w.GoInstance(b.export, number)
	}
	return nil
}

func (b *border) json(value any, w *wire.Writer) error {
	text, err := encodeJSON(value)
	if err == nil {
		err = b.binder.Decode(text, w)
	}
	if err != nil {
		return b.fault(reflect.TypeOf(value), err)
	}
	return nil
}

// exportKey is a Go type that stands for a Python class.
type exportKey struct {
	typ   reflect.Type
	class di.Key
}

// export is its number, or why it can't be.
type export struct {
	number int
	err    error
}

// exported makes the methods of a Go type known to the app.
func (a *pythonApp) exported(typ reflect.Type, key di.Key, class *pybridge.Class, source di.Source) (int, error) {
	a.crossings.Lock()
	defer a.crossings.Unlock()
	at := exportKey{typ, key}
	e, ok := a.exports[at]
	if !ok {
		e.number, e.err = a.exportType(typ, class, source)
		a.exports[at] = e
	}
	return e.number, e.err
}

func (a *pythonApp) exportType(typ reflect.Type, class *pybridge.Class, source di.Source) (int, error) {
	var faults []error
	methods := make([]pybridge.GoMethod, len(class.Methods))
	for i := range class.Methods {
		m, err := a.goMethod(typ, &class.Methods[i])
		if err != nil {
			faults = append(faults, faultAt(api.Source(source), "Go %s can't stand for Python's %s: method %s (%s): %w",
				typ, class.Name, class.Methods[i].Name, class.Methods[i].Source, err))
		}
		methods[i] = m
	}
	if len(faults) > 0 {
		return none, errors.Join(faults...)
	}
	number, err := a.app.Export(pybridge.Exported{Class: class.Index, Methods: methods})
	if err != nil {
		return none, faultAt(api.Source(source), "Go %s for Python's %s: %w", typ, class.Name, err)
	}
	return number, nil
}

// keptKey is a singleton as the instance of a class.
type keptKey struct {
	export int
	key    di.Key
}

// keep makes a value known to the app for as long as it is open, once.
func (a *pythonApp) keep(export int, key di.Key, value any) (uint64, error) {
	a.crossings.Lock()
	defer a.crossings.Unlock()
	at := keptKey{export, key}
	if handle, ok := a.handles[at]; ok {
		return handle, nil
	}
	handle, err := a.app.Keep(export, value)
	if err == nil {
		a.handles[at] = handle
	}
	return handle, err
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
