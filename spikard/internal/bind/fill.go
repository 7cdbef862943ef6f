package bind

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"time"

	"github.com/spikard/spikard-go/pybridge/wire"
)

// filler sets v to the next wire value. The binders have checked everything: a
// filler meets nothing but what its type's binder writes.
type filler func(c *cursor, v reflect.Value)

func fillBool(c *cursor, v reflect.Value) { v.SetBool(c.op() == wire.True) }

func fillInt(c *cursor, v reflect.Value) {
	c.op()
	v.SetInt(int64(c.u64()))
}

func fillUint(c *cursor, v reflect.Value) {
	if c.op() == wire.Int {
		v.SetUint(c.u64())
		return
	}
	n, _ := strconv.ParseUint(string(c.run()), 10, 64) // uintRange has seen it
	v.SetUint(n)
}

func fillFloat(c *cursor, v reflect.Value) {
	c.op()
	v.SetFloat(c.f64())
}

func fillString(c *cursor, v reflect.Value) {
	c.op()
	v.SetString(string(c.run()))
}

func fillBytes(c *cursor, v reflect.Value) {
	c.op()
	v.SetBytes(append([]byte{}, c.run()...))
}

// fillFile gives the file of a field of the form, by its number.
func fillFile(c *cursor, v reflect.Value) {
	c.op()
	v.Set(reflect.ValueOf(c.form.Fields[c.u64()].File.File))
}

// fillTime takes a time without a zone for UTC.
func fillTime(c *cursor, v reflect.Value) {
	c.op()
	text := string(c.run())
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t, _ = time.Parse("2006-01-02T15:04:05.999999999", text)
	}
	if _, offset := t.Zone(); offset == 0 {
		t = t.UTC()
	}
	v.Set(reflect.ValueOf(t))
}

// fillSelf is for types that read texts or JSON themselves: they have done so
// once before, to be checked.
func fillSelf(c *cursor, v reflect.Value) {
	if c.op() == wire.Bytes {
		_ = json.Unmarshal(append([]byte{}, c.run()...), v.Addr().Interface())
		return
	}
	_ = v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(append([]byte{}, c.run()...))
}

func fillPointer(elem reflect.Type, fill filler) filler {
	return func(c *cursor, v reflect.Value) {
		if c.null() {
			v.SetZero()
			return
		}
		p := reflect.New(elem)
		fill(c, p.Elem())
		v.Set(p)
	}
}

func fillNullable(fill filler) filler {
	return func(c *cursor, v reflect.Value) {
		if c.null() {
			v.SetZero()
			return
		}
		fill(c, v)
	}
}

func fillSlice(elem filler) filler {
	return func(c *cursor, v reflect.Value) {
		c.op()
		n := c.u32()
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			elem(c, v.Index(i))
		}
	}
}

func fillArray(elem filler) filler {
	return func(c *cursor, v reflect.Value) {
		c.op()
		for i := range c.u32() {
			elem(c, v.Index(i))
		}
	}
}

func fillMap(elem filler) filler {
	return func(c *cursor, v reflect.Value) {
		c.op()
		n := c.u32()
		t := v.Type()
		out := reflect.MakeMapWithSize(t, n)
		for range n {
			c.op()
			key := reflect.ValueOf(string(c.run())).Convert(t.Key())
			value := reflect.New(t.Elem()).Elem()
			elem(c, value)
			out.SetMapIndex(key, value)
		}
		v.Set(out)
	}
}

func (n *goStruct) fill(c *cursor, v reflect.Value) {
	c.op()
	c.u32() // the class
	c.u32() // the number of fields
	for i := range n.places {
		if !c.absent() {
			n.places[i].fill(c, v.FieldByIndex(n.places[i].index))
		}
	}
}
