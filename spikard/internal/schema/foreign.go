package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/spikard/spikard-go/spikard/internal/pattern"
)

// Foreign validates by a schema that the graph has no place for: with dynamic
// references, unevaluated properties or items, or names of its own for parts of
// the document. It is many times slower than what is compiled from a graph.
//
// # Concurrency
//
// Any number of goroutines may use it.
type Foreign struct{ schema *jsonschema.Schema }

// Violation is one fault of a value.
type Violation struct {
	// Path leads to the value: names and indexes.
	Path []string
	// Value is it, as encoding/json decodes it, with numbers as json.Number.
	Value any
	Kind  jsonschema.ErrorKind
}

// ErrCostly is what [Foreign.Check] gives for numbers that take too long to be
// reckoned with.
var ErrCostly = errors.New("a number is too long or too large")

// documentName is what the document is called where it has no $id.
const documentName = "schema:document"

func newForeign(raw json.RawMessage) (*Foreign, error) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(nothing{})
	c.UseRegexpEngine(func(text string) (jsonschema.Regexp, error) {
		p, err := pattern.Compile(text)
		return search{p}, err
	})
	// The extensions of a schema's author are no more than annotations.
	for _, name := range []string{"period", "semver", "iri", "iri-reference", "uri-template", "relative-json-pointer"} {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(any) error { return nil }})
	}
	c.AssertFormat()
	if err := c.AddResource(documentName, doc); err != nil {
		return nil, err
	}
	s, err := c.Compile(documentName)
	return &Foreign{schema: s}, err
}

// nothing loads nothing.
type nothing struct{}

func (nothing) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s is outside of this schema, and nothing is loaded", url)
}

// search gives a pattern the methods that the validator wants.
type search struct{ *pattern.Pattern }

func (s search) MatchString(text string) bool { return s.Match(text) }

// Check gives the faults of a value, none when it is valid. text must be
// well-formed.
//
// # Errors
//
// ErrCostly.
func (f *Foreign) Check(text string) ([]Violation, error) {
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	if !cheap(value) {
		return nil, ErrCostly
	}
	var invalid *jsonschema.ValidationError
	if err := f.schema.Validate(value); !errors.As(err, &invalid) {
		return nil, err
	}
	var out []Violation
	collect(invalid, value, &out)
	return out, nil
}

// collect gathers the faults that have no cause of their own. What an
// alternative lacks is no fault: that none of them fits is.
func collect(e *jsonschema.ValidationError, root any, out *[]Violation) {
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf, *kind.Not, *kind.Contains, *kind.PropertyNames:
	default:
		for _, cause := range e.Causes {
			collect(cause, root, out)
		}
		if len(e.Causes) > 0 {
			return
		}
	}
	*out = append(*out, Violation{Path: e.InstanceLocation, Value: at(root, e.InstanceLocation), Kind: e.ErrorKind})
}

// at is the value that a path leads to.
func at(value any, path []string) any {
	for _, step := range path {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, _ := strconv.Atoi(step) // the validator's own
			value = v[i]
		}
	}
	return value
}

// Numbers are reckoned with as fractions, whose size these limits bound.
const (
	maxNumberText = 5000
	maxExponent   = 1000
)

func cheap(value any) bool {
	switch v := value.(type) {
	case json.Number:
		return cheapNumber(string(v))
	case []any:
		for _, item := range v {
			if !cheap(item) {
				return false
			}
		}
	case map[string]any:
		for _, member := range v {
			if !cheap(member) {
				return false
			}
		}
	}
	return true
}

func cheapNumber(text string) bool {
	i := strings.IndexAny(text, "eE")
	if i < 0 {
		return len(text) <= maxNumberText
	}
	exponent, err := strconv.Atoi(text[i+1:])
	return err == nil && exponent <= maxExponent && exponent >= -maxExponent && i <= maxNumberText
}
