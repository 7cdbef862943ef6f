package bind

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/form"
)

// uploads is a multipart form of fields given as "name=text" and of files as
// "name:filename:type=content".
func uploads(t testing.TB, l form.Limits, list ...string) *form.Form {
	t.Helper()
	var b strings.Builder
	for _, p := range list {
		head, content, _ := strings.Cut(p, "=")
		b.WriteString("--b\r\nContent-Disposition: form-data; name=\"")
		parts := strings.Split(head, ":")
		b.WriteString(parts[0] + `"`)
		if len(parts) == 3 {
			b.WriteString(`; filename="` + parts[1] + "\"\r\nContent-Type: " + parts[2])
		}
		b.WriteString("\r\n\r\n" + content + "\r\n")
	}
	b.WriteString("--b--\r\n")
	f, err := form.ReadMultipart(strings.NewReader(b.String()), "b", l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func mustCompileRoute(t testing.TB, m *pybridge.Manifest, o Options, params ...pybridge.Param) *Binder {
	t.Helper()
	fn := function(params...)
	indexes := make([]int, len(params))
	for i := range indexes {
		indexes[i] = i
	}
	b, err := Compile(m, fn, indexes, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// takes binds a form and gives the values.
func takes(t testing.TB, b *Binder, f *form.Form) ([]any, *api.Problem) {
	t.Helper()
	return writesBody(t, b, &fakeExchange{}, Body{Form: f})
}

func textField(name string, t *pybridge.Type) pybridge.Param {
	return pybridge.Param{Alias: name, In: pybridge.InForm, Type: t, Required: true}
}

func fileField(name string, t *pybridge.Type) pybridge.Param {
	return pybridge.Param{Alias: name, In: pybridge.InFile, Type: t, Required: true}
}

func wholeForm(t *pybridge.Type) pybridge.Param {
	return pybridge.Param{Alias: "form", In: pybridge.InForm, Whole: true, Type: t, Required: true}
}

var upload = &pybridge.Type{Kind: pybridge.TypeUpload, Converter: 9}

func uploaded(filename, contentType, content string) wire.ConvertValue {
	header := []any{
		"content-disposition", `form-data; name="f"; filename="` + filename + `"`, "content-type", contentType,
	}
	return wire.ConvertValue{Converter: 9, Value: []any{filename, contentType, int64(len(content)), header, []byte(content)}}
}

func TestFormFields(t *testing.T) {
	t.Parallel()
	str, integer := typ(pybridge.TypeStr), typ(pybridge.TypeInt)
	for name, c := range map[string]struct {
		t    *pybridge.Type
		body string
		want any
	}{
		"str":              {str, "f=1", "1"},
		"last of several":  {integer, "f=1&f=2", int64(2)},
		"float":            {typ(pybridge.TypeFloat), "f=1", 1.0},
		"bool":             {typ(pybridge.TypeBool), "f=on", true},
		"bytes":            {typ(pybridge.TypeBytes), "f=%C3%A9", []byte("é")},
		"list of bytes":    {typ(pybridge.TypeList, typ(pybridge.TypeBytes)), "f=a&f=b", []any{[]byte("a"), []byte("b")}},
		"decimal":          {typ(pybridge.TypeDecimal), "f=1.10", "1.10"},
		"optional":         {optional(integer), "f=", nil},
		"list":             {typ(pybridge.TypeList, integer), "f=1", []any{int64(1)}},
		"list by brackets": {typ(pybridge.TypeList, integer), "f[]=1&f[]=2", []any{int64(1), int64(2)}},
		"list by numbers":  {typ(pybridge.TypeList, integer), "f[1]=2&f[0]=1", []any{int64(1), int64(2)}},
		"set":              {&pybridge.Type{Kind: pybridge.TypeSet, Items: []*pybridge.Type{str}, Converter: 4}, "f=a", wire.ConvertValue{Converter: 4, Value: []any{"a"}}},
		"class":            {ref("Item"), "f[name]=Foo&f[price]=5&f[tags]=a", object(7, "Foo", 5.0, []any{"a"}, absent)},
		"classes":          {typ(pybridge.TypeList, ref("Patch")), "f[0][id]=1&f[1][id]=2", []any{map[string]any{"id": int64(1)}, map[string]any{"id": int64(2)}}},
		"dict":             {typ(pybridge.TypeDict, str, integer), "f[a]=1", map[string]any{"a": int64(1)}},
		"any":              {nil, "f=1", "1"},
		"decoder":          {&pybridge.Type{Kind: pybridge.TypeJSON, Converter: 5}, "f[a][]=1", wire.ConvertValue{Converter: 5, Value: []byte(`{"a":["1"]}`)}},

		"int from a word":   {integer, "f=x", refused(`{"type":"int_parsing","loc":["body","f"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}`)},
		"int out of bounds": {with(typ(pybridge.TypeInt), pybridge.Constraints{Ge: ptr(json.Number("1"))}), "f=0", refused(`{"type":"greater_than_equal","loc":["body","f"],"msg":"Input should be greater than or equal to 1","input":0,"ctx":{"ge":1}}`)},
		"not there":         {str, "g=1", refused(`{"type":"missing","loc":["body","f"],"msg":"Field required","input":null}`)},
		"in a list":         {typ(pybridge.TypeList, integer), "f=1&f=x", refused(`{"type":"int_parsing","loc":["body","f","1"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}`)},
		"class lacks":       {ref("Patch"), "f[name]=x", refused(`{"type":"missing","loc":["body","f","id"],"msg":"Field required","input":{"name":"x"}}`)},
		"text for a file":   {upload, "f=x", refused(`{"type":"upload_type","loc":["body","f"],"msg":"Input should be a file","input":"x"}`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := mustCompileRoute(t, library(), Options{}, textField("f", c.t))
			got, p := takes(t, b, urlencoded(t, c.body))
			checkTaken(t, got, p, c.want)
		})
	}
}

func checkTaken(t *testing.T, got []any, p *api.Problem, want any) {
	t.Helper()
	if text, isFault := want.(refused); isFault {
		if errorsOf(t, p) != string(text) {
			t.Errorf("got %v, %s, want %s", got, errorsOf(t, p), text)
		}
		return
	}
	if p != nil {
		t.Fatal(errorsOf(t, p))
	}
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("got %#v, want %#v", got[0], want)
	}
}

func TestFormOfMalformedNames(t *testing.T) {
	t.Parallel()
	b := mustCompileRoute(t, library(), Options{}, textField("f", typ(pybridge.TypeList, typ(pybridge.TypeInt))))
	for _, body := range []string{"f[1]=1", "f=1&f[x]=2", "f[][x]=1", "g" + strings.Repeat("[x]", 1000) + "=1"} {
		if _, p := takes(t, b, urlencoded(t, body)); p == nil || p.Status != 400 || p.Detail == "" {
			t.Errorf("%.20s: %+v", body, p)
		}
	}
}

func TestUploads(t *testing.T) {
	t.Parallel()
	m := library()
	m.Upload = 9
	described := `{"filename":"a.txt","content_type":"text/plain","size":2}`
	for name, c := range map[string]struct {
		p    pybridge.Param
		list []string
		want any
	}{
		"file":            {fileField("f", upload), []string{"f:a.txt:text/plain=hi"}, uploaded("a.txt", "text/plain", "hi")},
		"empty file":      {fileField("f", upload), []string{"f:a.txt:text/plain="}, uploaded("a.txt", "text/plain", "")},
		"optional file":   {fileField("f", optional(upload)), []string{"f:a.txt:text/plain=hi"}, uploaded("a.txt", "text/plain", "hi")},
		"last of several": {fileField("f", upload), []string{"f:a.txt:text/plain=hi", "f:b.txt:text/plain=ho"}, uploaded("b.txt", "text/plain", "ho")},
		"list":            {fileField("f", typ(pybridge.TypeList, upload)), []string{"f:a.txt:text/plain=hi"}, []any{uploaded("a.txt", "text/plain", "hi")}},
		"bytes":           {fileField("f", typ(pybridge.TypeBytes)), []string{"f:a.txt:text/plain=\xff\x00"}, []byte("\xff\x00")},
		"list of bytes":   {fileField("f", typ(pybridge.TypeList, typ(pybridge.TypeBytes))), []string{"f:a.txt:text/plain=a", "f:a.txt:text/plain=b"}, []any{[]byte("a"), []byte("b")}},
		"file or text":    {textField("f", typ(pybridge.TypeUnion, upload, typ(pybridge.TypeStr))), []string{"f:a.txt:text/plain=hi"}, uploaded("a.txt", "text/plain", "hi")},
		"text or file":    {textField("f", typ(pybridge.TypeUnion, upload, typ(pybridge.TypeStr))), []string{"f=hi"}, "hi"},
		"any":             {textField("f", nil), []string{"f:a.txt:text/plain=hi"}, uploaded("a.txt", "text/plain", "hi")},
		"whole form":      {wholeForm(nil), []string{"f:a.txt:text/plain=hi", "n=1"}, map[string]any{"f": uploaded("a.txt", "text/plain", "hi"), "n": "1"}},

		"file for a str":       {textField("f", typ(pybridge.TypeStr)), []string{"f:a.txt:text/plain=hi"}, refused(`{"type":"string_type","loc":["body","f"],"msg":"Input should be a valid string","input":` + described + `}`)},
		"file for an int":      {wholeForm(typ(pybridge.TypeDict, typ(pybridge.TypeStr), typ(pybridge.TypeInt))), []string{"f:a.txt:text/plain=hi"}, refused(`{"type":"int_parsing","loc":["body","f"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":` + described + `}`)},
		"file for a union":     {textField("f", typ(pybridge.TypeUnion, typ(pybridge.TypeInt), typ(pybridge.TypeStr))), []string{"f:a.txt:text/plain=hi"}, refused(`{"type":"validation_error","loc":["body","f"],"msg":"Input should be a valid int or str","input":` + described + `}`)},
		"file beside a fault":  {wholeForm(ref("Patch")), []string{"f:a.txt:text/plain=hi", "name=x"}, refused(`{"type":"missing","loc":["body","id"],"msg":"Field required","input":{"f":` + described + `,"name":"x"}}`)},
		"file for a decoder":   {wholeForm(&pybridge.Type{Kind: pybridge.TypeJSON, Converter: 5}), []string{"f:a.txt:text/plain=hi"}, refused(`{"type":"validation_error","loc":["body"],"msg":"Input should not have a file in it","input":{"f":` + described + `}}`)},
		"too many bytes":       {fileField("f", with(typ(pybridge.TypeBytes), pybridge.Constraints{MaxLength: ptr(1)})), []string{"f:a.txt:text/plain=hi"}, refused(`{"type":"too_long","loc":["body","f"],"msg":"Data should have at most 1 item after validation","input":` + described + `,"ctx":{"max_length":1}}`)},
		"input left empty":     {fileField("f", upload), []string{"f::application/octet-stream="}, refused(`{"type":"missing","loc":["body","f"],"msg":"Field required","input":null}`)},
		"text looks like mark": {fileField("f", upload), []string{"f=\x010\x01"}, refused(`{"type":"upload_type","loc":["body","f"],"msg":"Input should be a file","input":"\u00010\u0001"}`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, p := takes(t, mustCompileRoute(t, m, Options{}, c.p), uploads(t, wideForm, c.list...))
			checkTaken(t, got, p, c.want)
		})
	}
}

func TestSpooledUploads(t *testing.T) {
	t.Parallel()
	l := wideForm
	l.Memory = 10
	content := strings.Repeat("x", 1000)
	f := uploads(t, l, "f:a.txt:text/plain="+content)
	got, p := takes(t, mustCompileRoute(t, nil, Options{}, fileField("f", upload)), f)
	if p != nil {
		t.Fatal(errorsOf(t, p))
	}
	value := got[0].(wire.ConvertValue).Value.([]any)
	path, _ := value[4].(string)
	if on, err := os.ReadFile(path); err != nil || string(on) != content || value[2] != int64(1000) {
		t.Errorf("got %v: %v", value, err)
	}
	got, p = takes(t, mustCompileRoute(t, nil, Options{}, fileField("f", typ(pybridge.TypeBytes))), f)
	if p != nil || !bytes.Equal(got[0].([]byte), []byte(content)) {
		t.Errorf("got %v", p)
	}
	f.Close()
	if _, p := takes(t, mustCompileRoute(t, nil, Options{}, fileField("f", typ(pybridge.TypeBytes))), f); p == nil || p.Status != 500 {
		t.Errorf("a file that is gone: %+v", p)
	}
}

func TestWholeForms(t *testing.T) {
	t.Parallel()
	schema := json.RawMessage(`{"type":"object","required":["username"],"properties":{
		"username":{"type":"string","minLength":3},"subscribe":{"type":"boolean"},"age":{"type":"integer"},"role":{"type":"string","default":"user"},
		"tags":{"type":"array","items":{"type":"string"},"minItems":2},"doc":{"type":"string","format":"binary"}}}`)
	dict := typ(pybridge.TypeDict, typ(pybridge.TypeStr), typ(pybridge.TypeAny))
	for name, c := range map[string]struct {
		t      *pybridge.Type
		schema json.RawMessage
		body   string
		want   any
	}{
		"class":          {ref("Item"), nil, "name=Foo&price=1.5&tags[]=a&stock=", object(7, "Foo", 1.5, []any{"a"}, nil)},
		"any":            {nil, nil, "a=1&b[]=2&c[d]=", map[string]any{"a": "1", "b": []any{"2"}, "c": map[string]any{"d": ""}}},
		"any by schema":  {nil, schema, "username=bob&subscribe=true&age=7&x=1", map[string]any{"username": "bob", "subscribe": true, "age": int64(7), "x": "1", "role": "user"}},
		"dict by schema": {dict, schema, "username=bob&subscribe=on&age=7", map[string]any{"role": "user", "username": "bob", "subscribe": true, "age": int64(7)}},
		"nothing":        {nil, nil, "", map[string]any{}},
		"class lacks":    {ref("Item"), nil, "", refused(`{"type":"missing","loc":["body","name"],"msg":"Field required","input":{}}` + "\n" + `{"type":"missing","loc":["body","price"],"msg":"Field required","input":{}}`)},
		"too short":      {nil, schema, "username=ab", refused(`{"type":"string_too_short","loc":["body","username"],"msg":"String should have at least 3 characters","input":"ab","ctx":{"min_length":3}}`)},
		"too few":        {dict, schema, "username=bob&tags[]=single", refused(`{"type":"too_short","loc":["body","tags"],"msg":"List should have at least 2 item after validation","input":["single"],"ctx":{"min_length":2}}`)},
		"not an int":     {nil, schema, "username=bob&age=old", refused(`{"type":"int_parsing","loc":["body","age"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"old"}`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := mustCompileRoute(t, library(), Options{BodySchema: c.schema}, wholeForm(c.t))
			got, p := takes(t, b, urlencoded(t, c.body))
			checkTaken(t, got, p, c.want)
		})
	}
}

// TestFieldsAndTheRoutesSchema holds a form against a schema that no parameter
// takes.
func TestFieldsAndTheRoutesSchema(t *testing.T) {
	t.Parallel()
	o := Options{
		BodySchema: json.RawMessage(`{"properties":{"n":{"type":"integer","maximum":3}},"required":["n"],"additionalProperties":false}`),
		Files:      map[string]pybridge.FileRule{"f": {}},
	}
	const fault = `{"type":"less_than_equal","loc":["body","n"],"msg":"Input should be less than or equal to 3","input":4,"ctx":{"le":3}}`
	for _, params := range [][]pybridge.Param{{textField("n", typ(pybridge.TypeInt))}, nil} {
		b := mustCompileRoute(t, nil, o, params...)
		if kind, _ := b.Body(); kind != FormBody {
			t.Errorf("the body is %v", kind)
		}
		if _, p := takes(t, b, urlencoded(t, "n=3")); p != nil {
			t.Error(errorsOf(t, p))
		}
		if _, p := takes(t, b, urlencoded(t, "n=4")); errorsOf(t, p) != fault {
			t.Error(errorsOf(t, p))
		}
	}
}

func TestAbsentForms(t *testing.T) {
	t.Parallel()
	b := mustCompileRoute(t, library(), Options{},
		pybridge.Param{Alias: "form", In: pybridge.InForm, Whole: true, Type: ref("Patch")})
	for _, f := range []*form.Form{nil, urlencoded(t, "")} {
		if got, p := takes(t, b, f); p != nil || got[0] != absent {
			t.Errorf("got %v, %v", got, errorsOf(t, p))
		}
	}
	b = mustCompileRoute(t, nil, Options{}, pybridge.Param{Alias: "f", In: pybridge.InFile, Type: upload})
	if got, p := takes(t, b, nil); p != nil || got[0] != absent {
		t.Errorf("got %v, %v", got, errorsOf(t, p))
	}
}

func TestFileRules(t *testing.T) {
	t.Parallel()
	const png = "\x89PNG\r\n\x1a\n"
	images := pybridge.FileRule{Required: true, ContentTypes: []string{"image/jpeg", "Image/PNG"}, MaxSize: 20, MagicNumbers: true}
	fault := func(msg, ctx string) string {
		return `{"type":"validation_error","loc":["files","f"],"msg":"` + msg + `"` + ctx + `}`
	}
	for name, c := range map[string]struct {
		rule pybridge.FileRule
		list []string
		want string
	}{
		"good":             {images, []string{"f:a.png:image/png=" + png}, ""},
		"type in capitals": {images, []string{"f:a.png:IMAGE/png=" + png}, ""},
		"not there":        {images, []string{"g:a.png:image/png=" + png}, `{"type":"missing","loc":["files","f"],"msg":"Field required","input":null}`},
		"not required":     {pybridge.FileRule{MaxSize: 1}, nil, ""},
		"a text":           {images, []string{"f=x"}, `{"type":"upload_type","loc":["files","f"],"msg":"Input should be a file","input":"x"}`},
		"another type":     {images, []string{"f:a.sh:application/x-sh=#!"}, fault("Invalid content type 'application/x-sh'. Allowed types: image/jpeg, image/png", "")},
		"range of types":   {pybridge.FileRule{ContentTypes: []string{"image/*"}}, []string{"f:a:image/x-any=a"}, ""},
		"outside of range": {pybridge.FileRule{ContentTypes: []string{"image/*"}}, []string{"f:a:text/plain=a"}, fault("Invalid content type 'text/plain'. Allowed types: image/*", "")},
		"too large":        {images, []string{"f:a.png:image/png=" + png + strings.Repeat("x", 13)}, fault("File should have at most 20 bytes", `,"ctx":{"max_size":20,"size":21}`)},
		"spoofed":          {images, []string{"f:a.jpg:image/jpeg=" + png}, fault("File type mismatch: MIME type is image/jpeg but magic numbers indicate image/png", `,"ctx":{"declared_mime":"image/jpeg","detected_type":"image/png","magic_bytes":"89504e470d0a1a0a"}`)},
		"empty":            {images, []string{"f:a.png:image/png="}, fault("File buffer is empty", `,"ctx":{"buffer_size":0}`)},
		"one of several":   {images, []string{"f:a.png:image/png=" + png, "f[]:a:text/plain=a"}, fault("Invalid content type 'text/plain'. Allowed types: image/jpeg, image/png", "")},
		"numbered":         {images, []string{"f[0]:a.png:image/png=" + png, "f[1]:a:text/plain=a"}, fault("Invalid content type 'text/plain'. Allowed types: image/jpeg, image/png", "")},
		"cut short":        {pybridge.FileRule{MagicNumbers: true}, []string{"f:a.pdf:application/pdf=%PDF"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := mustCompileRoute(t, nil, Options{Files: map[string]pybridge.FileRule{"f": c.rule}})
			_, p := takes(t, b, uploads(t, wideForm, c.list...))
			got := errorsOf(t, p)
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestRuledFilesAreReportedOnce has a parameter take what a rule is for.
func TestRuledFilesAreReportedOnce(t *testing.T) {
	t.Parallel()
	o := Options{Files: map[string]pybridge.FileRule{"f": {Required: true, MaxSize: 1}}}
	b := mustCompileRoute(t, nil, o, textField("n", typ(pybridge.TypeInt)), fileField("f", upload))
	for want, list := range map[string][]string{
		`{"type":"missing","loc":["files","f"],"msg":"Field required","input":null}`:                                            {"n=1"},
		`{"type":"upload_type","loc":["files","f"],"msg":"Input should be a file","input":"x"}`:                                 {"n=1", "f=x"},
		`{"type":"validation_error","loc":["files","f"],"msg":"File should have at most 1 byte","ctx":{"max_size":1,"size":2}}`: {"n=1", "f:a:b/c=12"},
	} {
		if _, p := takes(t, b, uploads(t, wideForm, list...)); errorsOf(t, p) != want {
			t.Errorf("got %s, want %s", errorsOf(t, p), want)
		}
	}
	if got, p := takes(t, b, uploads(t, wideForm, "n=1", "f:a:b/c=1")); p != nil || got[0] != int64(1) {
		t.Errorf("got %v, %s", got, errorsOf(t, p))
	}
}

func TestFormFaultsAtCompileTime(t *testing.T) {
	t.Parallel()
	str := typ(pybridge.TypeStr)
	body := pybridge.Param{Alias: "b", In: pybridge.InBody, Type: str}
	raw := pybridge.Param{Alias: "r", In: pybridge.InBody, Type: ref("Item"), MediaType: "text/plain"}
	separated := textField("f", typ(pybridge.TypeList, str))
	separated.Separator = ","
	for want, c := range map[string]struct {
		o      Options
		params []pybridge.Param
	}{
		"parameter f: the body is a form for one parameter and none for another":                 {Options{}, []pybridge.Param{body, textField("f", str)}},
		"parameter b: the body is a form for one parameter and none for another":                 {Options{}, []pybridge.Param{wholeForm(nil), body}},
		"parameter f: the form is bound to another parameter already; make one class of both":    {Options{}, []pybridge.Param{wholeForm(nil), textField("f", str)}},
		"parameter form: the form is bound to another parameter already; make one class of both": {Options{}, []pybridge.Param{wholeForm(nil), wholeForm(nil)}},
		"parameter f: a separator does not apply to a form":                                      {Options{}, []pybridge.Param{separated}},
		"parameter r: a body of text/plain is bytes or str, and this is class":                   {Options{}, []pybridge.Param{raw}},
		"files have rules, but the body is bound to a parameter that takes no form":              {Options{Files: map[string]pybridge.FileRule{"f": {}}}, []pybridge.Param{body}},
		`file f: "png" is not a content type, as image/png`:                                      {Options{Files: map[string]pybridge.FileRule{"f": {ContentTypes: []string{"png"}}}}, nil},
		"file f: a size of -1 bytes means nothing":                                               {Options{Files: map[string]pybridge.FileRule{"f": {MaxSize: -1}}}, nil},
		"parameter f: a json needs a converter":                                                  {Options{}, []pybridge.Param{textField("f", typ(pybridge.TypeJSON))}},
		"parameter f: constraint min_length does not apply to upload":                            {Options{}, []pybridge.Param{fileField("f", with(typ(pybridge.TypeUpload), pybridge.Constraints{MinLength: ptr(1)}))}},
		"parameter q: a upload can't be read from a text":                                        {Options{}, []pybridge.Param{{Alias: "q", In: pybridge.InQuery, Type: upload}}},
	} {
		indexes := []int{0, 1}[:len(c.params)]
		_, err := Compile(library(), function(c.params...), indexes, nil, c.o)
		if err == nil || !strings.Contains(err.Error(), "app.handler (app.py:12): "+want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	fine := function(textField("a", str), textField("b", str), fileField("c", upload))
	if _, err := Compile(nil, fine, []int{0, 1, 2}, nil, Options{}); err != nil {
		t.Error(err)
	}
}

func TestRawBodies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		p     pybridge.Param
		body  string
		want  any
		media string
		text  bool
	}{
		"bytes":          {pybridge.Param{Required: true, Type: typ(pybridge.TypeBytes)}, "\xff\x00", []byte("\xff\x00"), "", false},
		"optional bytes": {pybridge.Param{Type: optional(typ(pybridge.TypeBytes))}, "", absent, "", false},
		"empty bytes":    {pybridge.Param{Required: true, Type: typ(pybridge.TypeBytes)}, "", []byte{}, "", false},
		"media type":     {pybridge.Param{Required: true, Type: typ(pybridge.TypeBytes), MediaType: "image/*"}, "x", []byte("x"), "image/*", false},
		"str":            {pybridge.Param{Required: true, Type: typ(pybridge.TypeStr), MediaType: "text/plain"}, "é", "é", "text/plain", true},
		"str too long": {
			pybridge.Param{Required: true, Type: with(typ(pybridge.TypeStr), pybridge.Constraints{MaxLength: ptr(1)}), MediaType: "text/plain"},
			"ab", refused(`{"type":"string_too_long","loc":["body"],"msg":"String should have at most 1 character","input":"ab","ctx":{"max_length":1}}`), "text/plain", true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.p.Alias, c.p.In = "body", pybridge.InBody
			b := mustCompileRoute(t, nil, Options{}, c.p)
			if kind, media := b.Body(); kind != RawBody || media != c.media || b.BodyIsText() != c.text {
				t.Errorf("the body is %v %s, a text: %v", kind, media, b.BodyIsText())
			}
			got, p := writesBody(t, b, &fakeExchange{}, Body{Text: []byte(c.body)})
			checkTaken(t, got, p, c.want)
		})
	}
	b := mustCompileRoute(t, nil, Options{}, pybridge.Param{Alias: "b", In: pybridge.InBody, Type: typ(pybridge.TypeStr), MediaType: "text/plain"})
	if _, p := writesBody(t, b, &fakeExchange{}, Body{Text: []byte("\xff")}); p == nil || p.Status != 400 {
		t.Errorf("bytes that aren't UTF-8: %+v", p)
	}
}

func TestDecodersAndClosedClasses(t *testing.T) {
	t.Parallel()
	decoded := &pybridge.Type{Kind: pybridge.TypeJSON, Converter: 5}
	text := func(v string) wire.ConvertValue { return wire.ConvertValue{Converter: 5, Value: []byte(v)} }
	m := library()
	m.Types["Closed"] = pybridge.Class{Name: "app.Closed", Kind: pybridge.ClassStruct, Index: 20, Closed: true, Fields: []pybridge.Field{
		{Name: "a", Type: typ(pybridge.TypeInt), Required: true}, {Name: "b", Type: decoded},
	}}
	m.Types["Attrs"] = pybridge.Class{Name: "app.Attrs", Kind: pybridge.ClassAttrs, Index: 21, Fields: m.Types["Closed"].Fields}
	m.Types["ClosedDict"] = pybridge.Class{Name: "app.ClosedDict", Kind: pybridge.ClassTypedDict, Closed: true, Fields: m.Types["Closed"].Fields}
	stray := func(name, input string) string {
		return `{"type":"validation_error","loc":["body","` + name + `"],"msg":"Additional properties are not allowed","input":` + input +
			`,"ctx":{"additional_properties":false,"unexpected_field":"` + name + `"}}`
	}
	const extra = `{"x":1,"a":2,"c":{},"x":3}`
	for name, c := range map[string]struct {
		t    *pybridge.Type
		text string
		want any
	}{
		"decoder":            {decoded, ` {"a": [1, 2.50]} `, text(`{"a": [1, 2.50]}`)},
		"list of decoders":   {typ(pybridge.TypeList, decoded), `[1,"a"]`, []any{text("1"), text(`"a"`)}},
		"decoder in a class": {ref("Attrs"), `{"a":1,"b":{"c":null},"d":1}`, object(21, int64(1), text(`{"c":null}`))},
		"decoder or null":    {optional(decoded), "null", nil},
		"decoder, malformed": {decoded, `{"a":}`, refused(`{"detail":"Invalid request format"}`)},
		"closed":             {ref("Closed"), `{"a":1}`, object(20, int64(1), absent)},
		"closed and more":    {ref("Closed"), extra, refused(lines(stray("c", extra), stray("x", extra)))},
		"closed dict":        {ref("ClosedDict"), extra, refused(lines(stray("c", extra), stray("x", extra)))},
		"closed and lacking": {ref("Closed"), `{"x":1}`, refused(lines(`{"type":"missing","loc":["body","a"],"msg":"Field required","input":{"x":1}}`, stray("x", `{"x":1}`)))},
		"closed in a union":  {typ(pybridge.TypeUnion, ref("Closed"), ref("Attrs")), `{"a":1,"x":1}`, object(21, int64(1), absent)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := mustCompile(t, m, function(pybridge.Param{Alias: "body", In: pybridge.InBody, Required: true, Type: c.t}))
			got, p := writes(t, b, &fakeExchange{}, c.text)
			checkTaken(t, got, p, c.want)
		})
	}
}

type album struct {
	Title  string    `json:"title" min_length:"2"`
	Year   *int      `json:"year"`
	Tags   []string  `json:"tags,omitempty"`
	Cover  *api.File `json:"cover"`
	Tracks []struct {
		Name string `json:"name"`
	} `json:"tracks,omitempty"`
}

type fieldsInput struct {
	Name   string     `form:"name" min_length:"2"`
	Age    int        `form:"age" default:"18" ge:"1"`
	Tags   []string   `form:"tags,omitempty"`
	Ratio  *float64   `form:"ratio"`
	Photo  api.File   `file:"photo"`
	More   []api.File `file:"more,omitempty"`
	Raw    []byte     `file:"raw,omitempty"`
	Thumb  *api.File  `file:"thumb"`
	Detail struct {
		City string `json:"city"`
	} `form:"detail,omitempty"`
}

func TestGoForms(t *testing.T) {
	t.Parallel()
	b := structBinder[fieldsInput](t)
	if kind, _ := b.Body(); kind != FormBody {
		t.Fatalf("the body is %v", kind)
	}
	var got fieldsInput
	f := uploads(t, wideForm, "name=Ann", "tags=a", "tags=b", "ratio=0.5", "photo:p.png:image/png=photo", "more[]:m.txt:text/plain=more", "raw:r:a/b=raw", "detail[city]=Oslo")
	if p := b.Bind(&fakeExchange{}, Body{Form: f}, reflect.ValueOf(&got).Elem()); p != nil {
		t.Fatal(errorsOf(t, p))
	}
	if got.Name != "Ann" || got.Age != 18 || len(got.Tags) != 2 || *got.Ratio != 0.5 || string(got.Raw) != "raw" || got.Thumb != nil || got.Detail.City != "Oslo" {
		t.Errorf("got %+v", got)
	}
	photo, err := got.Photo.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer photo.Close()
	content, err := io.ReadAll(photo)
	if err != nil || string(content) != "photo" || got.Photo.Filename != "p.png" || got.Photo.ContentType != "image/png" || got.Photo.Size != 5 {
		t.Errorf("got %+v, %v", got.Photo, err)
	}
	if len(got.More) != 1 || got.More[0].Filename != "m.txt" {
		t.Errorf("got %+v", got.More)
	}
	p := b.Bind(&fakeExchange{}, Body{Form: urlencoded(t, "name=x&age=0&photo=x")}, reflect.ValueOf(&got).Elem())
	want := lines(
		`{"type":"string_too_short","loc":["body","name"],"msg":"String should have at least 2 characters","input":"x","ctx":{"min_length":2}}`,
		`{"type":"greater_than_equal","loc":["body","age"],"msg":"Input should be greater than or equal to 1","input":0,"ctx":{"ge":1}}`,
		`{"type":"upload_type","loc":["body","photo"],"msg":"Input should be a file","input":"x"}`,
	)
	if errorsOf(t, p) != want {
		t.Errorf("got %s", errorsOf(t, p))
	}
}

func TestGoBodies(t *testing.T) {
	t.Parallel()
	var in struct {
		Album album `body:"form"`
	}
	b, err := CompileStruct(reflect.TypeOf(in), nil)
	if err != nil {
		t.Fatal(err)
	}
	f := uploads(t, wideForm, "title=Blue", "year=1971", "tags=folk", "cover:c.png:image/png=c", "tracks[0][name]=Carey")
	if p := b.Bind(&fakeExchange{}, Body{Form: f}, reflect.ValueOf(&in).Elem()); p != nil {
		t.Fatal(errorsOf(t, p))
	}
	if in.Album.Title != "Blue" || *in.Album.Year != 1971 || in.Album.Tags[0] != "folk" || in.Album.Cover.Filename != "c.png" || in.Album.Tracks[0].Name != "Carey" {
		t.Errorf("got %+v", in.Album)
	}
	raw := struct {
		Body []byte `body:"raw"`
	}{}
	text := struct {
		Body string `body:"text" max_length:"3"`
	}{}
	if b, err = CompileStruct(reflect.TypeOf(raw), nil); err != nil {
		t.Fatal(err)
	}
	if p := b.Bind(&fakeExchange{}, Body{Text: []byte("\xff")}, reflect.ValueOf(&raw).Elem()); p != nil || string(raw.Body) != "\xff" || b.BodyIsText() {
		t.Errorf("got %v, %v", raw, p)
	}
	if b, err = CompileStruct(reflect.TypeOf(text), nil); err != nil {
		t.Fatal(err)
	}
	if p := b.Bind(&fakeExchange{}, Body{Text: []byte("é")}, reflect.ValueOf(&text).Elem()); p != nil || text.Body != "é" || !b.BodyIsText() {
		t.Errorf("got %v, %v", text, p)
	}
	if p := b.Bind(&fakeExchange{}, Body{Text: []byte("long")}, reflect.ValueOf(&text).Elem()); p == nil || p.Status != 422 {
		t.Errorf("got %v", p)
	}
}

func TestGoFormFaults(t *testing.T) {
	t.Parallel()
	_, err := CompileStruct(reflect.TypeFor[struct {
		A string   `form:"a"`
		B string   `body:"json"`
		C string   `file:"c"`
		D api.File `file:"d" default:"x"`
		E int      `body:"raw"`
		F []byte   `body:"text"`
		G api.File `query:"g"`
		H album    `body:"form"`
	}](), nil)
	if err == nil {
		t.Fatal("compiled")
	}
	for _, want := range []string{
		"field B: the body is a form for one field and none for another",
		"field C: a file is a File, a list of them or a []byte, and this is string",
		"field D: a list has no default, and neither has a file",
		`field E: body:"raw" is for []byte, and this is int`,
		`field F: body:"text" is for strings, and this is []uint8`,
		"field G: api.File can't be read from a text",
		"field H: the form is bound to another field already",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no fault %q in\n%v", want, err)
		}
	}
	if joined, ok := err.(interface{ Unwrap() []error }); !ok || errors.Is(err, nil) || len(joined.Unwrap()) < 7 {
		t.Errorf("got %v", err)
	}
}

// FuzzForm checks that a form is bound to well-formed values or refused with an
// answer that is JSON.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{
		"name=Foo&price=1&tags[]=a&stock=", "a[0][b]=1&a[1]=", "price=x&name=%00%22", "more[x][name]=y", "item[name]=1&count=2", "\x010\x01=1",
	} {
		f.Add(seed, "file")
	}
	schema := json.RawMessage(`{"properties":{"n":{"type":"integer"},"l":{"type":"array","items":{"type":"number"}},"a":{"$ref":"#"}}}`)
	var binders []*Binder
	for _, kind := range []*pybridge.Type{nil, ref("Item"), ref("Order"), ref("A"), typ(pybridge.TypeDict, typ(pybridge.TypeStr), upload), {Kind: pybridge.TypeJSON, Converter: 1}} {
		binders = append(binders, mustCompileRoute(f, library(), Options{BodySchema: schema}, wholeForm(kind)))
	}
	f.Fuzz(func(t *testing.T, body, content string) {
		made, p := form.ParseURLEncoded([]byte(body), wideForm)
		if p != nil {
			return
		}
		if !strings.ContainsAny(content, "\r\n-") {
			made.Fields = append(made.Fields, uploads(t, wideForm, "a:b.txt:text/plain="+content).Fields...)
		}
		for _, b := range binders {
			_, p := takes(t, b, made)
			switch {
			case p == nil:
			case p.Status == 422:
				if _, err := json.Marshal(p); err != nil {
					t.Errorf("%q: %v", body, err)
				}
			case p.Status != 400:
				t.Errorf("%q: %v", body, p)
			}
		}
	})
}
