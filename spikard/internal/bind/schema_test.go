package bind

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

// schemaBody binds a body of any type by a schema of the route.
func schemaBody(t testing.TB, text string) *Binder {
	t.Helper()
	return schemaBodyOf(t, typ(pybridge.TypeAny), text)
}

func schemaBodyOf(t testing.TB, kind *pybridge.Type, text string) *Binder {
	t.Helper()
	fn := function(pybridge.Param{Alias: "body", In: pybridge.InBody, Required: true, Type: kind})
	b, err := Compile(library(), fn, []int{0}, nil, Options{BodySchema: json.RawMessage(text)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func wantEntry(kind, loc, msg, input, ctx string) string {
	out := `{"type":"` + kind + `","loc":[` + loc + `],"msg":` + mustQuote(msg) + `,"input":` + input
	if ctx != "" {
		out += `,"ctx":` + ctx
	}
	return out + "}"
}

func mustQuote(v string) string {
	out := &strings.Builder{}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSpace(out.String())
}

func TestSchemaVocabulary(t *testing.T) {
	t.Parallel()
	const validation = "validation_error"
	for name, c := range map[string]struct{ schema, text, want string }{
		"required": {
			`{"required":["a","b"]}`, `{"c":1}`, lines(
				wantEntry("missing", `"body","a"`, "Field required", `{"c":1}`, ""),
				wantEntry("missing", `"body","b"`, "Field required", `{"c":1}`, "")),
		},
		"minLength": {`{"minLength":3}`, `"é"`, wantEntry("string_too_short", `"body"`, "String should have at least 3 characters", `"é"`, `{"min_length":3}`)},
		"maxLength": {`{"maxLength":1}`, `"ab"`, wantEntry("string_too_long", `"body"`, "String should have at most 1 character", `"ab"`, `{"max_length":1}`)},
		"pattern":   {`{"pattern":"^[0-9]$"}`, `"a"`, wantEntry("string_pattern_mismatch", `"body"`, "String should match pattern '^[0-9]$'", `"a"`, `{"pattern":"^[0-9]$"}`)},
		"look-around": {
			`{"pattern":"^(?!x)"}`, `"x"`,
			wantEntry("string_pattern_mismatch", `"body"`, "String should match pattern '^(?!x)'", `"x"`, `{"pattern":"^(?!x)"}`),
		},
		"all that is wrong with a string": {
			`{"minLength":3,"pattern":"^b"}`, `"a"`, lines(
				wantEntry("string_too_short", `"body"`, "String should have at least 3 characters", `"a"`, `{"min_length":3}`),
				wantEntry("string_pattern_mismatch", `"body"`, "String should match pattern '^b'", `"a"`, `{"pattern":"^b"}`)),
		},
		"exclusiveMinimum": {`{"exclusiveMinimum":0}`, `0`, wantEntry("greater_than", `"body"`, "Input should be greater than 0", `0`, `{"gt":0}`)},
		"minimum":          {`{"minimum":1.5}`, `1.49`, wantEntry("greater_than_equal", `"body"`, "Input should be greater than or equal to 1.5", `1.49`, `{"ge":1.5}`)},
		"exclusiveMaximum": {`{"exclusiveMaximum":1}`, `1.0`, wantEntry("less_than", `"body"`, "Input should be less than 1", `1.0`, `{"lt":1}`)},
		"maximum":          {`{"maximum":1}`, `12345678901234567890`, wantEntry("less_than_equal", `"body"`, "Input should be less than or equal to 1", `12345678901234567890`, `{"le":1}`)},
		"maximum exactly":  {`{"maximum":9007199254740992}`, `9007199254740993`, wantEntry("less_than_equal", `"body"`, "Input should be less than or equal to 9007199254740992", `9007199254740993`, `{"le":9007199254740992}`)},
		"multipleOf":       {`{"multipleOf":0.1}`, `0.35`, wantEntry("multiple_of", `"body"`, "Input should be a multiple of 0.1", `0.35`, `{"multiple_of":0.1}`)},
		"integer":          {`{"type":"integer"}`, `1.5`, wantEntry("int_parsing", `"body"`, "Input should be a valid integer, unable to parse string as an integer", `1.5`, "")},
		"integer too large": {
			`{"type":"integer"}`, `1e400`, wantEntry("int_parsing", `"body"`, "Input should be a valid integer, unable to parse string as an integer", `1e400`, ""),
		},
		"number":  {`{"type":"number"}`, `"1"`, wantEntry("float_parsing", `"body"`, "Input should be a valid number, unable to parse string as a number", `"1"`, "")},
		"boolean": {`{"type":"boolean"}`, `1`, wantEntry("bool_parsing", `"body"`, "Input should be a valid boolean, unable to interpret input", `1`, "")},
		"string":  {`{"type":"string"}`, `1`, wantEntry("string_type", `"body"`, "Input should be a valid string", `1`, "")},
		"array":   {`{"type":"array"}`, `{}`, wantEntry("list_type", `"body"`, "Input should be a valid list", `{}`, "")},
		"object":  {`{"type":"object"}`, `[1]`, wantEntry("dict_type", `"body"`, "Input should be a valid dictionary", `[1]`, "")},
		"null":    {`{"type":"null"}`, `0`, wantEntry("none_required", `"body"`, "Input should be None", `0`, "")},
		"types":   {`{"type":["string","null"]}`, `1`, wantEntry(validation, `"body"`, "Input should be a valid null or string", `1`, "")},
		"enum": {
			`{"enum":["a","it's",1,null,[1]]}`, `"b"`,
			wantEntry("enum", `"body"`, `Input should be 'a', "it's", 1, None or [1]`, `"b"`, `{"expected":"'a', \"it's\", 1, None or [1]"}`),
		},
		"const":     {`{"const":"1.0"}`, `"2.0"`, wantEntry(validation, `"body"`, `"1.0" was expected`, `"2.0"`, "")},
		"email":     {`{"format":"email"}`, `"x"`, wantEntry("string_pattern_mismatch", `"body"`, "String should match pattern '"+emailPattern+"'", `"x"`, `{"pattern":`+mustQuote(emailPattern)+`}`)},
		"uuid":      {`{"format":"uuid"}`, `"x"`, wantEntry("uuid_parsing", `"body"`, "Input should be a valid UUID", `"x"`, "")},
		"date-time": {`{"format":"date-time"}`, `"2024-01-01"`, wantEntry("datetime_parsing", `"body"`, "Input should be a valid datetime", `"2024-01-01"`, "")},
		"date":      {`{"format":"date"}`, `"2024-02-30"`, wantEntry("date_parsing", `"body"`, "Input should be a valid date", `"2024-02-30"`, "")},
		"time":      {`{"format":"time"}`, `"25:00:00Z"`, wantEntry("time_parsing", `"body"`, "Input should be a valid time", `"25:00:00Z"`, "")},
		"ipv4":      {`{"format":"ipv4"}`, `"1.2.3.256"`, wantEntry(validation, `"body"`, "Input should be a valid IPv4 address", `"1.2.3.256"`, `{"format":"ipv4"}`)},
		"minItems":  {`{"minItems":2}`, `[1]`, wantEntry("too_short", `"body"`, "List should have at least 2 item after validation", `[1]`, `{"min_length":2}`)},
		"maxItems":  {`{"maxItems":2}`, `[1,2,3]`, wantEntry("too_long", `"body"`, "List should have at most 2 items after validation", `[1,2,3]`, `{"max_length":2}`)},
		"uniqueItems": {
			`{"uniqueItems":true}`, `[1,{"a":1,"b":[true]},{"b":[true],"a":1.0}]`,
			wantEntry(validation, `"body"`, "Items should be unique", `[1,{"a":1,"b":[true]},{"b":[true],"a":1.0}]`, ""),
		},
		"a list's own faults first": {
			`{"minItems":2,"items":{"type":"integer"}}`, `["a"]`, lines(
				wantEntry("too_short", `"body"`, "List should have at least 2 item after validation", `["a"]`, `{"min_length":2}`),
				wantEntry("int_parsing", `"body","0"`, "Input should be a valid integer, unable to parse string as an integer", `"a"`, "")),
		},
		"contains": {`{"contains":{"type":"null"}}`, `[1]`, wantEntry(validation, `"body"`, "List should contain at least 1 item that the schema asks for", `[1]`, "")},
		"additionalProperties": {
			`{"properties":{"a":true},"additionalProperties":false}`, `{"x":1,"a":2,"\u0062":3}`, lines(
				wantEntry(validation, `"body","b"`, "Additional properties are not allowed", `{"x":1,"a":2,"\u0062":3}`, `{"additional_properties":false,"unexpected_field":"b"}`),
				wantEntry(validation, `"body","x"`, "Additional properties are not allowed", `{"x":1,"a":2,"\u0062":3}`, `{"additional_properties":false,"unexpected_field":"x"}`)),
		},
		"propertyNames": {`{"propertyNames":{"maxLength":1}}`, `{"ab":1}`, wantEntry("string_too_long", `"body","ab","[key]"`, "String should have at most 1 character", `"ab"`, `{"max_length":1}`)},
		"minProperties": {`{"minProperties":2}`, `{"a":1,"a":2}`, wantEntry(validation, `"body"`, `{"a":1,"a":2} has less than 2 properties`, `{"a":1,"a":2}`, "")},
		"maxProperties": {`{"maxProperties":0}`, `{"a":1}`, wantEntry(validation, `"body"`, `{"a":1} has more than 0 properties`, `{"a":1}`, "")},
		"dependencies":  {`{"dependencies":{"a":["b","c"]}}`, `{"a":1,"b":1}`, wantEntry(validation, `"body"`, `'b', 'c' required where 'a' is given`, `{"a":1,"b":1}`, "")},
		"dependentSchemas": {
			`{"dependentSchemas":{"a":{"required":["b"]}}}`, `{"a":1}`,
			wantEntry("missing", `"body","b"`, "Field required", `{"a":1}`, ""),
		},
		"oneOf, none":    {`{"oneOf":[{"type":"string"},{"type":"null"}]}`, `1`, wantEntry(validation, `"body"`, "1 is not valid under any of the schemas listed in the 'oneOf' keyword", `1`, "")},
		"oneOf, several": {`{"oneOf":[true,{"type":"integer"}]}`, `1`, wantEntry(validation, `"body"`, "1 is valid under more than one of the schemas listed in the 'oneOf' keyword", `1`, "")},
		"anyOf":          {`{"anyOf":[{"type":"string"},{"type":"null"}]}`, `1`, wantEntry(validation, `"body"`, "1 is not valid under any of the schemas listed in the 'anyOf' keyword", `1`, "")},
		"not":            {`{"not":{}}`, `1`, wantEntry(validation, `"body"`, "1 is valid under a schema that it must not be valid under ('not')", `1`, "")},
		"item of an array": {
			`{"items":{"const":1}}`, `[1,2]`, wantEntry("type_error", `"body","1"`, "1 was expected", `2`, ""),
		},
		"false": {`{"properties":{"a":false}}`, `{"a":1}`, wantEntry(validation, `"body","a"`, "No value is allowed here", `1`, "")},
		"allOf": {
			`{"allOf":[{"required":["b"]},{"properties":{"a":{"type":"null"}}}]}`, `{"a":1}`, lines(
				wantEntry("missing", `"body","b"`, "Field required", `{"a":1}`, ""),
				wantEntry("none_required", `"body","a"`, "Input should be None", `1`, "")),
		},
		"if and then": {`{"if":{"properties":{"a":{"const":1}}},"then":{"required":["b"]}}`, `{"a":1}`, wantEntry("missing", `"body","b"`, "Field required", `{"a":1}`, "")},
		"else":        {`{"if":{"type":"string"},"else":{"type":"integer"}}`, `null`, wantEntry("int_parsing", `"body"`, "Input should be a valid integer, unable to parse string as an integer", `null`, "")},
		"order": {
			`{"required":["z"],"properties":{"b":{"type":"integer"},"a":{"properties":{"y":{"type":"null"}},"required":["x"]}}}`,
			`{"b":"1","a":{"y":1}}`, lines(
				wantEntry("missing", `"body","z"`, "Field required", `{"b":"1","a":{"y":1}}`, ""),
				wantEntry("missing", `"body","a","x"`, "Field required", `{"y":1}`, ""),
				wantEntry("none_required", `"body","a","y"`, "Input should be None", `1`, ""),
				wantEntry("int_parsing", `"body","b"`, "Input should be a valid integer, unable to parse string as an integer", `"1"`, "")),
		},
		"only the last of equal names": {
			`{"properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"null"}}`, `{"a":"x","b":1,"a":1,"b":null,"c":null,"c":2}`,
			wantEntry("none_required", `"body","c"`, "Input should be None", `2`, ""),
		},
		"long values are not quoted whole": {
			`{"not":{}}`, `"` + strings.Repeat("é", 100) + `"`,
			wantEntry(validation, `"body"`, `"`+strings.Repeat("é", 59)+"... is valid under a schema that it must not be valid under ('not')", `"`+strings.Repeat("é", 100)+`"`, ""),
		},
		"unevaluatedProperties": {
			`{"properties":{"a":{"type":"integer","minimum":2}},"required":["b"],"unevaluatedProperties":false}`, `{"a":1,"c":2}`, lines(
				wantEntry("missing", `"body","b"`, "Field required", `{"a":1,"c":2}`, ""),
				wantEntry("greater_than_equal", `"body","a"`, "Input should be greater than or equal to 2", `1`, `{"ge":2}`),
				wantEntry(validation, `"body","c"`, "No value is allowed here", `2`, "")),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, p := writes(t, schemaBody(t, c.schema), &fakeExchange{}, c.text)
			if got := errorsOf(t, p); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for format, c := range map[string]struct{ yes, no []string }{
		"email":         {[]string{"a@b.co", "a.b+c@d-e.fg"}, []string{"", "a@b", "a b@c.de", "@b.co"}},
		"uuid":          {[]string{"c892496f-b1fd-4b91-bdb8-b46f92df1716", "C892496F-B1FD-4B91-BDB8-B46F92DF1716"}, []string{"c892496fb1fd4b91bdb8b46f92df1716", "c892496f-b1fd-4b91-bdb8-b46f92df171g"}},
		"date-time":     {[]string{"2024-01-15T10:30:00Z", "2024-01-15T10:30:00.123+02:00", "1990-12-31T23:59:60Z", "2024-01-15t10:30:00z"}, []string{"2024-01-15T10:30:00", "2024-01-15 10:30:00Z", "2024-13-15T10:30:00Z", "2024-01-15T10:30:00,5Z"}},
		"date":          {[]string{"2024-02-29"}, []string{"2023-02-29", "2024-2-9", "20240229"}},
		"time":          {[]string{"10:30:00Z", "10:30:00.5-01:00"}, []string{"10:30:00", "24:00:00Z"}},
		"duration":      {[]string{"P1Y2M3DT4H5M6S", "PT1H", "P2W"}, []string{"P", "1H", "PT", "P1H"}},
		"ipv4":          {[]string{"127.0.0.1"}, []string{"127.0.0.01", "1.2.3", "::1"}},
		"ipv6":          {[]string{"::1", "::ffff:1.2.3.4"}, []string{"1.2.3.4", "fe80::1%eth0", ":::"}},
		"uri":           {[]string{"https://example.com/a?b#c", "urn:isbn:1"}, []string{"/a", "not a uri", "http://[::1", "a b:c"}},
		"uri-reference": {[]string{"/a", "https://example.com", "?q"}, []string{"\\a"}},
		"hostname":      {[]string{"example.com", "a-b.c"}, []string{"-a", "a_b", ""}},
		"regex":         {[]string{"^a(?=b)", "[a]"}, []string{"(", "[a"}},
		"json-pointer":  {[]string{"", "/a~1b"}, []string{"a", "/~2"}},
		"binary":        {[]string{"anything"}, nil},
		"password":      {[]string{"anything"}, nil},
	} {
		b := schemaBody(t, `{"format":"`+format+`"}`)
		for _, v := range append(c.yes, "") {
			if v == "" && len(c.yes) > 0 && c.yes[0] != "" {
				continue
			}
			if _, p := writes(t, b, &fakeExchange{}, mustQuote(v)); p != nil {
				t.Errorf("%s refuses %q", format, v)
			}
		}
		for _, v := range c.no {
			if _, p := writes(t, b, &fakeExchange{}, mustQuote(v)); p == nil {
				t.Errorf("%s takes %q", format, v)
			}
		}
		if _, p := writes(t, b, &fakeExchange{}, "1"); p != nil {
			t.Errorf("%s refuses what is no string", format)
		}
	}
	b := schemaBody(t, `{"format":"uuid","uuidVersion":"5"}`)
	if _, p := writes(t, b, &fakeExchange{}, `"630eb68f-e0fa-5ecc-887a-7c7a62614681"`); p != nil {
		t.Error(errorsOf(t, p))
	}
	if _, p := writes(t, b, &fakeExchange{}, `"c892496f-b1fd-4b91-bdb8-b46f92df1716"`); p == nil || p.Errors[0].Type != "uuid_version" {
		t.Error(errorsOf(t, p))
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ schema, text, want string }{
		"absent":          {`{"properties":{"a":{"default":1.50},"b":{"default":[1]}}}`, `{"b":2}`, `{"b":2,"a":1.50}`},
		"null is there":   {`{"properties":{"a":{"default":1}}}`, `{"a":null}`, `{"a":null}`},
		"no object":       {`{"properties":{"a":{"default":1}}}`, `[{}]`, `[{}]`},
		"nested":          {`{"properties":{"o":{"properties":{"a":{"default":1}}}}}`, `{"o":{}}`, `{"o":{"a":1}}`},
		"in a default":    {`{"properties":{"o":{"default":{},"properties":{"a":{"default":1}}}}}`, `{}`, `{"o":{"a":1}}`},
		"items":           {`{"prefixItems":[true],"items":{"properties":{"a":{"default":1}}}}`, `[{},{},{"a":2}]`, `[{},{"a":1},{"a":2}]`},
		"allOf and $ref":  {`{"allOf":[{"$ref":"#/$defs/x"}],"properties":{"o":{"$ref":"#/$defs/x"}},"$defs":{"x":{"properties":{"a":{"default":1}}}}}`, `{"o":{}}`, `{"o":{"a":1},"a":1}`},
		"merged":          {`{"properties":{"o":{"properties":{"a":{"default":1}}}},"allOf":[{"properties":{"o":{"properties":{"b":{"default":2}}}}}]}`, `{"o":{}}`, `{"o":{"a":1,"b":2}}`},
		"other members":   {`{"additionalProperties":{"properties":{"a":{"default":1}}},"patternProperties":{"^x":true}}`, `{"m":{},"x":{}}`, `{"m":{"a":1},"x":{}}`},
		"not under anyOf": {`{"anyOf":[{"properties":{"a":{"default":1}}}]}`, `{}`, `{}`},
		"recursive":       {`{"properties":{"next":{"$ref":"#"},"a":{"default":1}}}`, `{"next":{"next":{}}}`, `{"next":{"next":{"a":1},"a":1},"a":1}`},
		"endless":         {`{"properties":{"next":{"$ref":"#","default":{}}}}`, `{}`, `{"next":{"next":{}}}`},
		"foreign":         {`{"properties":{"a":{"default":1}},"unevaluatedProperties":false}`, `{}`, `{"a":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// A second schema reads what the first has made of the value, as a type
			// does.
			twice := mustCompileRoute(t, nil, Options{BodySchema: json.RawMessage("true")}, pybridge.Param{
				Alias: "body", In: pybridge.InBody, Required: true, Type: typ(pybridge.TypeAny), Schema: json.RawMessage(c.schema),
			})
			for _, b := range []*Binder{schemaBody(t, c.schema), twice} {
				got, p := writes(t, b, &fakeExchange{}, c.text)
				if p != nil {
					t.Fatal(errorsOf(t, p))
				}
				want, _ := writes(t, bodyOf(t, typ(pybridge.TypeAny)), &fakeExchange{}, c.want)
				if g, w := mustJSON(t, got[0]), mustJSON(t, want[0]); g != w {
					t.Errorf("got %s, want %s", g, w)
				}
			}
		})
	}
}

func mustJSON(t testing.TB, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestDefaultsOfTypedBodies gives a class what its schema has for a field that
// the client left out.
func TestDefaultsOfTypedBodies(t *testing.T) {
	t.Parallel()
	b := schemaBodyOf(t, ref("Item"), `{"properties":{"name":{"type":"string","default":"Foo"},"price":{"default":2.5}}}`)
	given, p := writes(t, b, &fakeExchange{}, `{"name":"Foo","price":2.5}`)
	if p != nil {
		t.Fatal(errorsOf(t, p))
	}
	got, p := writes(t, b, &fakeExchange{}, ` {} `)
	if p != nil {
		t.Fatal(errorsOf(t, p))
	}
	if !reflect.DeepEqual(got, given) {
		t.Errorf("got %v, want %v", got, given)
	}
	if _, p := writes(t, b, &fakeExchange{}, `{} x`); p == nil || p.Status != 400 {
		t.Errorf("text behind the value: %v", p)
	}
}

func TestSchemaAndType(t *testing.T) {
	t.Parallel()
	b := schemaBodyOf(t, ref("Item"), `{"required":["price"],"properties":{"name":{"maxLength":4}}}`)
	if got, p := writes(t, b, &fakeExchange{}, `{"name":"Foo!","price":1}`); p != nil {
		t.Error(errorsOf(t, p), got)
	}
	for text, want := range map[string]string{
		`{"name":"Foo!!"}`:          "missing body.price, string_too_long body.name",
		`{"name":"X","price":1}`:    "string_too_short body.name",
		`{"name":"Foo","price":-1}`: "greater_than body.price",
	} {
		_, p := writes(t, b, &fakeExchange{}, text)
		var got []string
		for _, e := range p.Errors {
			got = append(got, e.Type+" "+strings.Join(e.Loc, "."))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %s", text, got)
		}
	}
	dict := schemaBodyOf(t, typ(pybridge.TypeDict, typ(pybridge.TypeStr), typ(pybridge.TypeAny)), `{"properties":{"a":{"default":1}}}`)
	if got, p := writes(t, dict, &fakeExchange{}, `{}`); p != nil || mustJSON(t, got[0]) != `{"a":1}` {
		t.Errorf("%v, %s", got, errorsOf(t, p))
	}
	if _, p := writes(t, dict, &fakeExchange{}, `[]`); p == nil || p.Errors[0].Type != "dict_type" {
		t.Errorf("%s", errorsOf(t, p))
	}
}

func TestSchemaOfABodyThatNothingTakes(t *testing.T) {
	t.Parallel()
	b, err := Compile(nil, function(), nil, nil, Options{BodySchema: json.RawMessage(`{"type":"integer"}`)})
	if err != nil {
		t.Fatal(err)
	}
	if kind, _ := b.Body(); kind != JSONBody {
		t.Error("the body is not asked for")
	}
	for text, want := range map[string]string{
		"1":   "",
		`"a"`: wantEntry("int_parsing", `"body"`, "Input should be a valid integer, unable to parse string as an integer", `"a"`, ""),
		"":    wantEntry("missing", `"body"`, "Field required", "null", ""),
		"{":   `{"detail":"Invalid request format"}`,
	} {
		_, p := writes(t, b, &fakeExchange{}, text)
		if got := errorsOf(t, p); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestSchemasOfParameters(t *testing.T) {
	t.Parallel()
	schemaOf := func(alias string, in pybridge.ParamIn, kind *pybridge.Type, text string) pybridge.Param {
		return pybridge.Param{Alias: alias, In: in, Required: true, Type: kind, Schema: json.RawMessage(text)}
	}
	b := mustCompile(t, nil, function(
		schemaOf("ids", pybridge.InQuery, typ(pybridge.TypeList, typ(pybridge.TypeInt)), `{"type":"array","items":{"type":"integer","maximum":5},"uniqueItems":true}`),
		schemaOf("limit", pybridge.InQuery, typ(pybridge.TypeInt), `{"type":"integer","multipleOf":5}`),
		schemaOf("id", pybridge.InPath, typ(pybridge.TypeStr), `{"type":"string","format":"uuid","uuidVersion":"5"}`),
		schemaOf("x-flag", pybridge.InHeader, typ(pybridge.TypeBool), `{"const":true}`),
		schemaOf("c", pybridge.InCookie, typ(pybridge.TypeStr), `{"anyOf":[{"type":"integer","minimum":1},{"enum":["all"]}]}`),
	), "id")
	request := func(query, id, flag, cookie string) *fakeExchange {
		return &fakeExchange{query: query, path: []string{id}, header: http.Header{"X-Flag": {flag}, "Cookie": {"c=" + cookie}}}
	}
	good := request("ids=1&ids=2&limit=10", "630eb68f-e0fa-5ecc-887a-7c7a62614681", "yes", "all")
	if _, p := writes(t, b, good, ""); p != nil {
		t.Fatal(errorsOf(t, p))
	}
	_, p := writes(t, b, request("ids=7&ids=1&ids=01&limit=7", "x", "off", "0"), "")
	want := lines(
		wantEntry("validation_error", `"cookie","c"`, `0 is not valid under any of the schemas listed in the 'anyOf' keyword`, `"0"`, ""),
		wantEntry("uuid_version", `"path","id"`, "UUID version 5 expected", `"x"`, `{"expected_version":5}`),
		wantEntry("validation_error", `"query","ids"`, "Items should be unique", `["7","1","01"]`, ""),
		wantEntry("less_than_equal", `"query","ids","0"`, "Input should be less than or equal to 5", `"7"`, `{"le":5}`),
		wantEntry("multiple_of", `"query","limit"`, "Input should be a multiple of 5", `"7"`, `{"multiple_of":5}`),
		wantEntry("validation_error", `"headers","x-flag"`, "true was expected", `"off"`, ""))
	if got := errorsOf(t, p); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	// What can't be read isn't held against a schema.
	_, p = writes(t, b, request("ids=a&limit=7", "630eb68f-e0fa-5ecc-887a-7c7a62614681", "on", "all"), "")
	if len(p.Errors) != 2 || p.Errors[0].Type != "int_parsing" || p.Errors[1].Type != "multiple_of" {
		t.Error(errorsOf(t, p))
	}
}

func TestFaultySchemasAreFaultsAtStart(t *testing.T) {
	t.Parallel()
	fn := function(pybridge.Param{Alias: "q", In: pybridge.InQuery, Schema: json.RawMessage(`{"type":"text","minimum":"1"}`)})
	_, err := Compile(nil, fn, []int{0}, nil, Options{BodySchema: json.RawMessage(`{"properties":{"a":{"$ref":"#/x"}}}`)})
	if err == nil {
		t.Fatal("compiled")
	}
	for _, want := range []string{
		`app.handler (app.py:12): parameter q: schema: #/type: "text" is not a type`,
		`app.handler (app.py:12): parameter q: schema: #/minimum: "1" is not a number`,
		`app.handler (app.py:12): body_schema: schema: #/properties/a/$ref: "#/x" leads to nothing`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no fault %q in\n%v", want, err)
		}
	}
}

// TestSchemasThatReadAgainEnd gives values for which trying every alternative at
// every level, or comparing everything with everything, would take for ever.
func TestSchemasThatReadAgainEnd(t *testing.T) {
	t.Parallel()
	nested := strings.Repeat(`{"n":`, 400) + `"x"` + strings.Repeat("}", 400)
	lists := strings.Repeat(`[`, 500) + strings.Repeat(`1,`, 100_000) + "2" + strings.Repeat("]", 500)
	large := `"` + strings.Repeat("y", 100_000) + `"`
	unsorted := strings.Repeat(`{"b":`, 400) + large + strings.Repeat(`,"a":1}`, 400)
	for name, c := range map[string]struct{ schema, text string }{
		"anyOf":      {`{"anyOf":[{"type":"null"},{"properties":{"n":{"$ref":"#"}},"required":["a"]},{"properties":{"n":{"$ref":"#"}},"required":["b"]},{"properties":{"n":{"$ref":"#"}},"required":["c"]}]}`, nested},
		"not":        {`{"not":{"properties":{"n":{"not":{"properties":{"n":{"$ref":"#"}}}}}},"if":{"properties":{"n":{"$ref":"#"}}},"then":{"properties":{"n":{"$ref":"#"}}},"else":{"properties":{"n":{"$ref":"#"}}}}`, nested},
		"unique":     {`{"uniqueItems":true,"items":{"$ref":"#"}}`, lists},
		"contains":   {`{"contains":{"$ref":"#/$defs/x"},"$defs":{"x":{"contains":{"$ref":"#/$defs/x"},"items":{"$ref":"#/$defs/x"}}},"items":{"$ref":"#"}}`, lists},
		"const":      {`{"properties":{"b":{"$ref":"#"}},"enum":[{"c":1}],"uniqueItems":true}`, unsorted},
		"look-ahead": {`{"items":{"pattern":"^(a+)+(?=b)$"}}`, "[" + strings.Repeat(`"`+strings.Repeat("a", 300)+`",`, 100) + `""]`},
		"names":      {`{"patternProperties":{"^(a+)+(?=b)$":false}}`, `{"` + strings.Repeat("a", 3000) + `":1}`},
		"not found":  {`{"not":{"pattern":"^(a+)+(?=b)$"}}`, `"` + strings.Repeat("a", 3000) + `"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, p := writes(t, schemaBody(t, c.schema), &fakeExchange{}, c.text)
			if p == nil || p.Status != 422 || len(p.Errors) != 1 {
				t.Errorf("got %v", p)
			}
		})
	}
}

// TestTheEndOfABodyCounts has what a schema leaves unread be JSON too.
func TestTheEndOfABodyCounts(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{`{"anyOf":[{"type":"null"},true]}`, `{"not":{"items":false}}`, `{"enum":[1]}`, `false`, `{"unevaluatedItems":false}`} {
		for _, text := range []string{"[1", `[1,{"a":}]`, "[1] x", `["\ud800"]`} {
			if _, p := writes(t, schemaBody(t, schema), &fakeExchange{}, text); p == nil || p.Status != 400 {
				t.Errorf("%s, %s: %v", schema, text, p)
			}
		}
	}
}
