package bind

import (
	"reflect"

	"github.com/spikard/spikard-go/spikard/internal/form"
)

// File is a file of a form, as Go handlers get it.
type File = form.File

var (
	fileType  = reflect.TypeFor[File]()
	bytesType = reflect.TypeFor[[]byte]()
)

// holdsFile tells whether a field of this type can be made of files.
func holdsFile(t reflect.Type) bool {
	for t != bytesType && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice) {
		t = t.Elem()
	}
	return t == bytesType || t == fileType
}
