package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/spikard/spikard-go/spikard/internal/pattern"
)

// reader reads the keywords of one schema.
type reader struct {
	*compiler
	schema  *Schema
	members []member
	// tuple is draft-07's array of items; rest is what follows it.
	tuple bool
	rest  *Schema
}

func (r *reader) find(name string) *member {
	for i := range r.members {
		if r.members[i].name == name {
			return &r.members[i]
		}
	}
	return nil
}

type keyword func(r *reader, m member) error

// keywords are those that say something of a value. It is filled below, since
// schemas hold schemas.
var keywords map[string]keyword

func init() {
	keywords = map[string]keyword{
		"$ref":    readRef,
		"$id":     readID,
		"$anchor": readAnchor,
		"$defs":   readDefinitions, "definitions": readDefinitions,
		"$dynamicRef": readForeign, "$recursiveRef": readForeign,
		"unevaluatedProperties": readForeign, "unevaluatedItems": readForeign,

		"type":    readTypes,
		"enum":    readEnum,
		"const":   func(r *reader, m member) error { r.schema.Const = m.raw; return nil },
		"default": func(r *reader, m member) error { r.schema.Default = m.raw; return nil },

		"minimum":          number(func(s *Schema) **json.Number { return &s.Minimum }),
		"exclusiveMinimum": number(func(s *Schema) **json.Number { return &s.ExclusiveMinimum }),
		"maximum":          number(func(s *Schema) **json.Number { return &s.Maximum }),
		"exclusiveMaximum": number(func(s *Schema) **json.Number { return &s.ExclusiveMaximum }),
		"multipleOf":       readMultipleOf,

		"minLength":   count(func(s *Schema) **int { return &s.MinLength }),
		"maxLength":   count(func(s *Schema) **int { return &s.MaxLength }),
		"pattern":     readPattern,
		"format":      readFormat,
		"uuidVersion": readUUIDVersion,

		"minItems":        count(func(s *Schema) **int { return &s.MinItems }),
		"maxItems":        count(func(s *Schema) **int { return &s.MaxItems }),
		"uniqueItems":     readUnique,
		"prefixItems":     list(func(s *Schema) *[]*Schema { return &s.Prefix }),
		"items":           readItems,
		"additionalItems": readAdditionalItems,
		"contains":        one(func(s *Schema) **Schema { return &s.Contains }),
		"minContains":     count(func(s *Schema) **int { return &s.MinContains }),
		"maxContains":     count(func(s *Schema) **int { return &s.MaxContains }),

		"minProperties":        count(func(s *Schema) **int { return &s.MinProperties }),
		"maxProperties":        count(func(s *Schema) **int { return &s.MaxProperties }),
		"required":             readRequired,
		"properties":           byName(func(s *Schema) *[]Property { return &s.Properties }),
		"patternProperties":    readPatterns,
		"additionalProperties": one(func(s *Schema) **Schema { return &s.Additional }),
		"propertyNames":        one(func(s *Schema) **Schema { return &s.Names }),
		"dependentRequired":    readDependentRequired,
		"dependentSchemas":     byName(func(s *Schema) *[]Property { return &s.DependentSchemas }),
		"dependencies":         readDependencies,

		"allOf": list(func(s *Schema) *[]*Schema { return &s.AllOf }),
		"anyOf": list(func(s *Schema) *[]*Schema { return &s.AnyOf }),
		"oneOf": list(func(s *Schema) *[]*Schema { return &s.OneOf }),
		"not":   one(func(s *Schema) **Schema { return &s.Not }),
		"if":    one(func(s *Schema) **Schema { return &s.If }),
		"then":  one(func(s *Schema) **Schema { return &s.Then }),
		"else":  one(func(s *Schema) **Schema { return &s.Else }),
	}
}

// finish settles what depends on several keywords.
func (r *reader) finish() {
	if r.schema.If == nil {
		r.schema.Then, r.schema.Else = nil, nil
	}
	if r.tuple {
		r.schema.Items = r.rest
	}
}

// The forms that keywords share.

func number(place func(*Schema) **json.Number) keyword {
	return func(r *reader, m member) error {
		n, err := m.number()
		*place(r.schema) = &n
		return err
	}
}

func count(place func(*Schema) **int) keyword {
	return func(r *reader, m member) error {
		n, err := m.count()
		*place(r.schema) = &n
		return err
	}
}

func one(place func(*Schema) **Schema) keyword {
	return func(r *reader, m member) error {
		*place(r.schema) = r.compiler.schema(m.raw, pointerTo(r.schema.Pointer, m.name))
		return nil
	}
}

func list(place func(*Schema) *[]*Schema) keyword {
	return func(r *reader, m member) error {
		items, err := itemsOf(m.raw)
		if err == nil && len(items) == 0 {
			err = errors.New("an empty array of schemas says nothing")
		}
		base := pointerTo(r.schema.Pointer, m.name)
		out := make([]*Schema, len(items))
		for i, raw := range items {
			out[i] = r.compiler.schema(raw, pointerTo(base, strconv.Itoa(i)))
		}
		*place(r.schema) = out
		return err
	}
}

func byName(place func(*Schema) *[]Property) keyword {
	return func(r *reader, m member) error {
		members, err := membersOf(m.raw)
		base := pointerTo(r.schema.Pointer, m.name)
		for _, sub := range members {
			p := Property{Name: sub.name, Schema: r.compiler.schema(sub.raw, pointerTo(base, sub.name))}
			*place(r.schema) = append(*place(r.schema), p)
		}
		return err
	}
}

// Single keywords.

func readRef(r *reader, m member) error {
	text, err := m.text()
	if err == nil {
		r.pending = append(r.pending, reference{from: r.schema, text: text})
	}
	return err
}

// readID takes draft-07's "#name" for an anchor. Any other name within a
// document changes what references mean.
func readID(r *reader, m member) error {
	text, err := m.text()
	switch {
	case err != nil || r.schema.Pointer == "#":
		return err
	case len(text) > 1 && text[0] == '#':
		r.anchors[text[1:]] = r.schema
	default:
		r.foreign = append(r.foreign, m.name)
	}
	return nil
}

func readAnchor(r *reader, m member) error {
	text, err := m.text()
	r.anchors[text] = r.schema
	return err
}

func readDefinitions(r *reader, m member) error {
	var unused Schema
	base := *r
	base.schema = &unused
	unused.Pointer = r.schema.Pointer
	err := byName(func(s *Schema) *[]Property { return &s.Properties })(&base, m)
	return err
}

func readForeign(r *reader, m member) error {
	r.foreign = append(r.foreign, m.name)
	return nil
}

func readTypes(r *reader, m member) error {
	list := []json.RawMessage{m.raw}
	if items, err := itemsOf(m.raw); err == nil {
		list = items
	}
	for _, raw := range list {
		name, err := member{raw: raw}.text()
		t := typeNamed(name)
		if err != nil || t == 0 {
			return fmt.Errorf("%s is not a type", raw)
		}
		r.schema.Types |= t
	}
	if len(list) == 0 {
		return errors.New("no type is allowed")
	}
	return nil
}

func readEnum(r *reader, m member) error {
	items, err := itemsOf(m.raw)
	r.schema.IsEnum, r.schema.Enum = true, items
	return err
}

func readMultipleOf(r *reader, m member) error {
	n, err := m.number()
	if f, _ := n.Float64(); err == nil && f <= 0 {
		err = fmt.Errorf("%s is not above 0", n)
	}
	r.schema.MultipleOf = &n
	return err
}

func readPattern(r *reader, m member) error {
	text, err := m.text()
	if err == nil {
		r.schema.Pattern, err = pattern.Compile(text)
	}
	return err
}

func readFormat(r *reader, m member) error {
	text, err := m.text()
	r.schema.Format = text
	return err
}

// readUUIDVersion takes "uuidVersion", which is an extension.
func readUUIDVersion(r *reader, m member) error {
	text, err := m.text()
	if err != nil {
		text = string(m.raw)
	}
	r.schema.UUIDVersion, err = strconv.Atoi(text)
	if err != nil || r.schema.UUIDVersion < 1 || r.schema.UUIDVersion > 8 {
		return fmt.Errorf("%s is not a version of UUIDs", m.raw)
	}
	return nil
}

func readUnique(r *reader, m member) error {
	var err error
	r.schema.Unique, err = m.flag()
	return err
}

func readItems(r *reader, m member) error {
	if _, err := itemsOf(m.raw); err == nil && r.find("prefixItems") == nil {
		r.tuple = true
		if string(m.raw) == "[]" {
			return nil
		}
		return list(func(s *Schema) *[]*Schema { return &s.Prefix })(r, m)
	}
	return one(func(s *Schema) **Schema { return &s.Items })(r, m)
}

// readAdditionalItems counts only behind draft-07's array of items.
func readAdditionalItems(r *reader, m member) error {
	r.rest = r.compiler.schema(m.raw, pointerTo(r.schema.Pointer, m.name))
	return nil
}

func readRequired(r *reader, m member) error {
	var err error
	r.schema.Required, err = m.texts()
	return err
}

func readPatterns(r *reader, m member) error {
	members, err := membersOf(m.raw)
	base := pointerTo(r.schema.Pointer, m.name)
	faults := []error{err}
	for _, sub := range members {
		p, err := pattern.Compile(sub.name)
		faults = append(faults, err)
		r.schema.Patterns = append(r.schema.Patterns, PatternProperty{
			Pattern: p, Schema: r.compiler.schema(sub.raw, pointerTo(base, sub.name)),
		})
	}
	return errors.Join(faults...)
}

func readDependentRequired(r *reader, m member) error {
	members, err := membersOf(m.raw)
	for _, sub := range members {
		if err := r.requirement(sub); err != nil {
			return err
		}
	}
	return err
}

func (r *reader) requirement(m member) error {
	needs, err := m.texts()
	r.schema.DependentRequired = append(r.schema.DependentRequired, Requirement{Name: m.name, Needs: needs})
	return err
}

// readDependencies takes draft-07's form, which is both in one.
func readDependencies(r *reader, m member) error {
	members, err := membersOf(m.raw)
	base := pointerTo(r.schema.Pointer, m.name)
	for _, sub := range members {
		if _, notArray := itemsOf(sub.raw); notArray == nil {
			if err := r.requirement(sub); err != nil {
				return err
			}
			continue
		}
		r.schema.DependentSchemas = append(r.schema.DependentSchemas, Property{
			Name: sub.name, Schema: r.compiler.schema(sub.raw, pointerTo(base, sub.name)),
		})
	}
	return err
}
