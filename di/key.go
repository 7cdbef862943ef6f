package di

import (
	"reflect"
	"strconv"
	"strings"
)

// Key names a dependency: "__type__" and the name of a type, or any other
// text, which is a plain name.
type Key string

// typePrefix marks the keys that stand for types. It is part of the contract
// with the Python package, which writes the same keys.
const typePrefix = "__type__"

// TypeKey is the key of the type with the given full name, as "store.Store"
// for the class Store of a Python module store.
func TypeKey(name string) Key { return Key(typePrefix + name) }

// IsType tells whether the key stands for a type.
func (k Key) IsType() bool { return strings.HasPrefix(string(k), typePrefix) }

// Label is the key as messages show it: a type's name as it is, a plain name
// in quotes.
func (k Key) Label() string {
	if name, ok := strings.CutPrefix(string(k), typePrefix); ok {
		return name
	}
	return strconv.Quote(string(k))
}

// KeyOf is the key of the Go type T, by the rule of [KeyOfType].
func KeyOf[T any]() Key { return KeyOfType(reflect.TypeFor[T]()) }

// KeyOfType is a Go type's own key: "__type__" and
//
//   - for a named type its import path, a dot and its name, as
//     "github.com/acme/shop/store.Store"; type arguments are part of the name,
//     with import paths of their own, as "example.com/box.Box[int]";
//   - for a predeclared type its name, as "int" or "error"; the empty
//     interface is "any";
//   - for a pointer "*" and the element's name, and so on for the other types
//     without a name, written as in Go, with import paths for package names:
//     "[]time.Time", "map[string]*net/url.URL", "func(int) error".
//
// So a type, a pointer to it and an interface it implements have three keys,
// and none stands in for another. Types that are declared inside functions
// have no path of their own: two of one name in one package share a key.
//
// It panics for a nil type, which is what [reflect.TypeOf] gives for a nil
// interface.
func KeyOfType(t reflect.Type) Key {
	if t == nil {
		panic("di: no key for a nil type: the value it was taken from is a nil interface")
	}
	return TypeKey(typeName(t))
}

func typeName(t reflect.Type) string {
	if t.Name() != "" {
		if t.PkgPath() == "" {
			return t.Name()
		}
		return t.PkgPath() + "." + t.Name()
	}
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + typeName(t.Elem())
	case reflect.Slice:
		return "[]" + typeName(t.Elem())
	case reflect.Array:
		return "[" + strconv.Itoa(t.Len()) + "]" + typeName(t.Elem())
	case reflect.Map:
		return "map[" + typeName(t.Key()) + "]" + typeName(t.Elem())
	case reflect.Chan:
		return chanName(t)
	case reflect.Func:
		return "func" + signature(t)
	case reflect.Struct:
		return structName(t)
	case reflect.Interface:
		return interfaceName(t)
	default: // every other kind has a name
		return t.String()
	}
}

func chanName(t reflect.Type) string {
	element := typeName(t.Elem())
	switch {
	case t.ChanDir() == reflect.RecvDir:
		return "<-chan " + element
	case t.ChanDir() == reflect.SendDir:
		return "chan<- " + element
	case strings.HasPrefix(element, "<-"):
		// Without the parentheses this would read as chan<- of the element.
		return "chan (" + element + ")"
	}
	return "chan " + element
}

func signature(t reflect.Type) string {
	in := make([]string, t.NumIn())
	for i := range in {
		in[i] = typeName(t.In(i))
	}
	if t.IsVariadic() {
		last := len(in) - 1
		in[last] = "..." + strings.TrimPrefix(in[last], "[]")
	}
	out := make([]string, t.NumOut())
	for i := range out {
		out[i] = typeName(t.Out(i))
	}
	text := "(" + strings.Join(in, ", ") + ")"
	switch len(out) {
	case 0:
		return text
	case 1:
		return text + " " + out[0]
	}
	return text + " (" + strings.Join(out, ", ") + ")"
}

func structName(t reflect.Type) string {
	fields := make([]string, t.NumField())
	for i := range fields {
		f := t.Field(i)
		text := typeName(f.Type)
		if !f.Anonymous {
			text = qualified(f.PkgPath, f.Name) + " " + text
		}
		if f.Tag != "" {
			text += " " + strconv.Quote(string(f.Tag))
		}
		fields[i] = text
	}
	return "struct{" + strings.Join(fields, "; ") + "}"
}

func interfaceName(t reflect.Type) string {
	if t.NumMethod() == 0 {
		return "any"
	}
	methods := make([]string, t.NumMethod())
	for i := range methods {
		m := t.Method(i)
		methods[i] = qualified(m.PkgPath, m.Name) + signature(m.Type)
	}
	return "interface{" + strings.Join(methods, "; ") + "}"
}

// qualified adds the package to an unexported name: x of one package isn't x
// of another.
func qualified(pkg, name string) string {
	if pkg == "" {
		return name
	}
	return pkg + "." + name
}
