//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// arguments writes a wire list: objects of the app as they are, all else as what
// its JSON is in Python.
func (a *app) arguments(args []any) ([]byte, error) {
	var w wire.Writer
	w.List(len(args))
	for i, arg := range args {
		if err := a.argument(arg, &w); err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
	}
	return w.Bytes(), nil
}

func (a *app) argument(arg any, w *wire.Writer) error {
	if foreign, ok := arg.(pybridge.Object); ok {
		o, ok := foreign.(object)
		if !ok || o.app != a {
			return errors.New("the python object is one of another app")
		}
		w.PyObject(o.handle)
		return nil
	}
	text, err := json.Marshal(arg)
	if err != nil {
		return err
	}
	return jsonReader{json.NewDecoder(bytes.NewReader(text)), w}.read()
}

// jsonReader turns JSON, of encoding/json's own making, into a wire value.
type jsonReader struct {
	*json.Decoder
	out *wire.Writer
}

func (r jsonReader) read() error {
	r.UseNumber()
	return r.value()
}

func (r jsonReader) value() error {
	token, err := r.Token()
	if err != nil {
		return err
	}
	switch v := token.(type) {
	case nil:
		r.out.Null()
	case bool:
		r.out.Bool(v)
	case string:
		r.out.Str(v)
	case json.Number:
		return r.number(v)
	case json.Delim:
		return r.compound(v)
	}
	return nil
}

func (r jsonReader) number(n json.Number) error {
	if strings.ContainsAny(n.String(), ".eE") {
		v, err := n.Float64()
		r.out.Float(v)
		return err
	}
	if v, err := n.Int64(); err == nil {
		r.out.Int(v)
	} else {
		r.out.BigInt(n.String())
	}
	return nil
}

// compound reads an array or an object behind its opening delimiter.
func (r jsonReader) compound(open json.Delim) error {
	at, n := r.out.Len(), 0
	if open == '[' {
		r.out.List(0)
	} else {
		r.out.Dict(0)
	}
	for ; r.More(); n++ {
		if open == '{' { // the name
			if err := r.value(); err != nil {
				return err
			}
		}
		if err := r.value(); err != nil {
			return err
		}
	}
	r.out.SetCount(at, n)
	_, err := r.Token()
	return err
}
