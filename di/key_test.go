package di_test

import (
	"io"
	"net/url"
	"reflect"
	"testing"
	"time"

	"github.com/spikard/spikard-go/di"
)

type (
	store          struct{}
	storer         interface{ Get(int) (*store, error) }
	box[T any]     struct{ _ T }
	pair[K, V any] struct {
		_ K
		_ V
	}
	names  []string
	alias  = store
	lookup func(string, ...int) bool
)

const here = "github.com/spikard/spikard-go/di_test."

func TestKeyOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		got  di.Key
		want string
	}{
		{"named struct", di.KeyOf[store](), here + "store"},
		{"alias is what it stands for", di.KeyOf[alias](), here + "store"},
		{"pointer", di.KeyOf[*store](), "*" + here + "store"},
		{"pointer to pointer", di.KeyOf[**store](), "**" + here + "store"},
		{"interface", di.KeyOf[storer](), here + "storer"},
		{"interface of the standard library", di.KeyOf[io.Reader](), "io.Reader"},
		{"import path, not package name", di.KeyOf[*url.URL](), "*net/url.URL"},
		{"predeclared", di.KeyOf[int](), "int"},
		{"alias of a predeclared type", di.KeyOf[byte](), "uint8"},
		{"error", di.KeyOf[error](), "error"},
		{"empty interface", di.KeyOf[any](), "any"},
		{"generic", di.KeyOf[box[int]](), here + "box[int]"},
		{"generic of a named type", di.KeyOf[*box[url.URL]](), "*" + here + "box[net/url.URL]"},
		{"generic of two", di.KeyOf[pair[string, *store]](), here + "pair[string,*" + here + "store]"},
		{"named slice", di.KeyOf[names](), here + "names"},
		{"slice", di.KeyOf[[]string](), "[]string"},
		{"slice of pointers", di.KeyOf[[]*store](), "[]*" + here + "store"},
		{"array", di.KeyOf[[4]time.Time](), "[4]time.Time"},
		{"map", di.KeyOf[map[string]*url.URL](), "map[string]*net/url.URL"},
		{"channel", di.KeyOf[chan int](), "chan int"},
		{"receiving channel", di.KeyOf[<-chan int](), "<-chan int"},
		{"sending channel", di.KeyOf[chan<- int](), "chan<- int"},
		{"channel of receiving channels", di.KeyOf[chan (<-chan int)](), "chan (<-chan int)"},
		{"sending channel of channels", di.KeyOf[chan<- chan int](), "chan<- chan int"},
		{"named function", di.KeyOf[lookup](), here + "lookup"},
		{"function", di.KeyOf[func(int, *url.URL) error](), "func(int, *net/url.URL) error"},
		{"function of nothing", di.KeyOf[func()](), "func()"},
		{"variadic function", di.KeyOf[func(...[]int) (int, error)](), "func(...[]int) (int, error)"},
		{"struct without a name", di.KeyOf[struct {
			A int `json:"a"`
			url.URL
			b bool
		}](), `struct{A int "json:\"a\""; net/url.URL; ` + here + `b bool}`},
		{"interface without a name", di.KeyOf[interface {
			Get(int) error
			set()
		}](), "interface{Get(int) error; " + here + "set()}"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if want := di.TypeKey(test.want); test.got != want {
				t.Errorf("got %q, want %q", test.got, want)
			}
			if !test.got.IsType() {
				t.Errorf("%q is not the key of a type", test.got)
			}
		})
	}
	seen := map[di.Key]string{}
	for _, test := range tests {
		if other, ok := seen[test.got]; ok && test.name != "alias is what it stands for" {
			t.Errorf("%q and %q share the key %q", other, test.name, test.got)
		}
		seen[test.got] = test.name
	}
}

func TestKeyOfNilType(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	di.KeyOfType(reflect.TypeOf(nil))
}

func TestKeyLabel(t *testing.T) {
	t.Parallel()
	for key, want := range map[di.Key]string{
		di.TypeKey("store.Store"): "store.Store",
		"db":                      `"db"`,
		"":                        `""`,
	} {
		if got := key.Label(); got != want {
			t.Errorf("label of %q: got %s, want %s", string(key), got, want)
		}
	}
	if di.Key("db").IsType() {
		t.Error(`"db" is taken for the key of a type`)
	}
}
