package bind

import (
	"reflect"

	"github.com/spikard/spikard-go/spikard/api"
)

var (
	fileType  = reflect.TypeFor[api.File]()
	bytesType = reflect.TypeFor[[]byte]()
)

// holdsFile tells whether a field of this type can be made of files.
func holdsFile(t reflect.Type) bool {
	for t != bytesType && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice) {
		t = t.Elem()
	}
	return t == bytesType || t == fileType
}
