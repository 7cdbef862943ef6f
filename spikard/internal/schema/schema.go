package schema

import (
	"encoding/json"

	"github.com/spikard/spikard-go/spikard/internal/pattern"
)

// Schema is one schema of a document. The zero value allows everything.
//
// # Concurrency
//
// A Schema is never changed once [Compile] has given it.
type Schema struct {
	// Pointer is where the schema stands, as "#/properties/name".
	Pointer string
	// Never is the schema false.
	Never bool
	// Foreign is set in the root of a document that the graph can't hold: it
	// alone tells what is valid.
	Foreign *Foreign

	// Types are the types allowed; none: all.
	Types Types
	// Enum are the values allowed where IsEnum is set, Const is the only one;
	// nil: any.
	IsEnum  bool
	Enum    []json.RawMessage
	Const   json.RawMessage
	Default json.RawMessage

	Minimum, ExclusiveMinimum *json.Number
	Maximum, ExclusiveMaximum *json.Number
	MultipleOf                *json.Number

	MinLength, MaxLength *int
	Pattern              *pattern.Pattern
	Format               string
	// UUIDVersion is the version that the format uuid asks for; 0: any.
	UUIDVersion int

	MinItems, MaxItems *int
	Unique             bool
	// Prefix are the schemas of the first items, Items is that of the others;
	// nil: anything.
	Prefix                   []*Schema
	Items                    *Schema
	Contains                 *Schema
	MinContains, MaxContains *int

	MinProperties, MaxProperties *int
	Required                     []string
	// Properties are in the order in which they are written.
	Properties []Property
	Patterns   []PatternProperty
	// Additional is for properties that neither of the two before speak of;
	// nil: anything.
	Additional        *Schema
	Names             *Schema
	DependentRequired []Requirement
	DependentSchemas  []Property

	Ref                 *Schema
	AllOf, AnyOf, OneOf []*Schema
	Not, If, Then, Else *Schema
}

// Property is a property's schema.
type Property struct {
	Name   string
	Schema *Schema
}

// PatternProperty is the schema of the properties whose names match.
type PatternProperty struct {
	Pattern *pattern.Pattern
	Schema  *Schema
}

// Requirement says which properties an object needs that has the one named.
type Requirement struct {
	Name  string
	Needs []string
}

// Types is a set of types.
type Types uint8

// The types. A number without a fraction is an integer too.
const (
	Null Types = 1 << iota
	Boolean
	Integer
	Number
	String
	Array
	Object
)

// names are the types' names, in the order of their bits.
var names = [...]string{"null", "boolean", "integer", "number", "string", "array", "object"}

// Names gives the names of the types.
func (t Types) Names() []string {
	var out []string
	for i, name := range names {
		if t&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// TypesNamed is the set of the types that have these names.
func TypesNamed(list []string) Types {
	var out Types
	for _, name := range list {
		out |= typeNamed(name)
	}
	return out
}

func typeNamed(name string) Types {
	for i, n := range names {
		if n == name {
			return 1 << i
		}
	}
	return 0
}

// InPlace gives the schemas that speak of the same value as s does.
func (s *Schema) InPlace() []*Schema {
	var out []*Schema
	for _, more := range [][]*Schema{{s.Ref, s.Not, s.If, s.Then, s.Else}, s.AllOf, s.AnyOf, s.OneOf} {
		for _, sub := range more {
			if sub != nil {
				out = append(out, sub)
			}
		}
	}
	for _, p := range s.DependentSchemas {
		out = append(out, p.Schema)
	}
	return out
}
