package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// decoded reads JSON the way cases are read.
func decoded(t *testing.T, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestPythonLiteral(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ json, want string }{
		"null":        {`null`, `None`},
		"booleans":    {`[true, false]`, `[True, False]`},
		"big integer": {`123456789012345678901234567890`, `123456789012345678901234567890`},
		"exponent":    {`-1.5e-3`, `-1.5e-3`},
		"quotes":      {`"a \"b\" \\c"`, `"a \"b\" \\c"`},
		"controls":    {`"a\nb\u0000\u001f"`, `"a\nb\x00\x1f"`},
		"beyond BMP":  {`"\ud83d\ude00 é"`, `"😀 é"`},
		"sorted keys": {`{"b": 1, "a": {"c": []}}`, `{"a": {"c": []}, "b": 1}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := pythonLiteral(decoded(t, tt.json)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestParameter(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ key, param, want string }{
		"path":              {"id", `{"in":"path","name":"id","required":true,"schema":{"type":"integer"}}`, `id: int`},
		"path constraint":   {"id", `{"in":"path","name":"id","required":true,"schema":{"type":"integer","minimum":3}}`, `id: Annotated[int, Path(ge=3)]`},
		"typed by route":    {"id", `{"in":"path","name":"id","required":true,"schema":{},"route_type":"uuid"}`, `id`},
		"uuid":              {"id", `{"in":"path","name":"id","required":true,"schema":{"type":"string","format":"uuid"}}`, `id: UUID`},
		"query":             {"q", `{"in":"query","name":"q","required":true,"schema":{"type":"string","title":"Q"}}`, `q: str`},
		"optional":          {"q", `{"in":"query","name":"q","schema":{"type":"number"}}`, `q: float | None = None`},
		"default":           {"q", `{"in":"query","name":"q","schema":{"type":"integer","default":10}}`, `q: int = 10`},
		"required default":  {"q", `{"in":"query","name":"q","required":true,"schema":{"type":"integer","default":10}}`, `q: int = 10`},
		"alias":             {"size", `{"in":"query","name":"page-size","required":true,"schema":{"type":"integer"}}`, `size: Annotated[int, Query(alias="page-size")]`},
		"list":              {"t", `{"in":"query","name":"t","schema":{"type":"array","items":{"type":"string"},"default":[]}}`, `t: list[str] = []`},
		"separator":         {"t", `{"in":"query","name":"t","required":true,"schema":{"type":"array","items":{"type":"integer"},"minItems":2,"separator":"|"}}`, `t: Annotated[list[int], Query(min_length=2, separator="|")]`},
		"unique items":      {"t", `{"in":"query","name":"t","required":true,"schema":{"type":"array","items":{"type":"integer"},"uniqueItems":true}}`, `t: Annotated[list[int], Query(schema={"items": {"type": "integer"}, "type": "array", "uniqueItems": True})]`},
		"narrowed items":    {"t", `{"in":"query","name":"t","required":true,"schema":{"type":"array","items":{"type":"string","minLength":2}}}`, `t: Annotated[list[str], Query(schema={"items": {"minLength": 2, "type": "string"}, "type": "array"})]`},
		"enum":              {"m", `{"in":"query","name":"m","required":true,"schema":{"type":"string","enum":["a","b"]}}`, `m: Literal["a", "b"]`},
		"enum of floats":    {"m", `{"in":"query","name":"m","required":true,"schema":{"type":"number","enum":[0.5]}}`, `m: Annotated[float, Query(schema={"enum": [0.5], "type": "number"})]`},
		"other format":      {"ip", `{"in":"query","name":"ip","required":true,"schema":{"type":"string","format":"ipv4"}}`, `ip: Annotated[str, Query(schema={"format": "ipv4", "type": "string"})]`},
		"nullable":          {"n", `{"in":"query","name":"n","required":true,"schema":{"type":["integer","null"]}}`, `n: int | None`},
		"composed":          {"n", `{"in":"query","name":"n","required":true,"schema":{"anyOf":[{"type":"integer"}]}}`, `n: Annotated[Any, Query(schema={"anyOf": [{"type": "integer"}]})]`},
		"header":            {"x_token", `{"in":"header","name":"X-Token","required":true,"schema":{"type":"string"}}`, `x_token: Annotated[str, Header()]`},
		"header alias":      {"token", `{"in":"header","name":"X-Token","schema":{"type":"string","pattern":"^a$"}}`, `token: Annotated[str | None, Header(pattern="^a$", alias="X-Token")] = None`},
		"cookie":            {"sid", `{"in":"cookie","name":"sid","schema":{"type":"string","maxLength":20}}`, `sid: Annotated[str | None, Cookie(max_length=20)] = None`},
		"exclusive bounds":  {"n", `{"in":"query","name":"n","required":true,"schema":{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1.5}}`, `n: Annotated[float, Query(lt=1.5, gt=0)]`},
		"no type in header": {"h", `{"in":"header","name":"h","required":true,"schema":{}}`, `h: Annotated[Any, Header()]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := json.NewDecoder(strings.NewReader(tt.param))
			d.UseNumber()
			var p Param
			if err := d.Decode(&p); err != nil {
				t.Fatal(err)
			}
			if got := parameter(tt.key, tt.key, p).Text; got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	str := map[string]any{"type": "string"}
	got, err := arguments(map[string]Param{
		"a":       {In: "query", Name: "a", Schema: str},
		"class":   {In: "query", Name: "class", Schema: str, Required: true},
		"request": {In: "query", Name: "request", Schema: str, Required: true},
		"b[]":     {In: "query", Name: "b[]", Schema: str},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `argument_2: Annotated[str, Query(alias="class")], argument_3: Annotated[str, Query(alias="request")], ` +
		`body: X, a: str | None = None, argument_1: Annotated[str | None, Query(alias="b[]")] = None`
	if text := echoSignature(got, "body: X"); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if _, err := arguments(map[string]Param{"a": {In: "matrix"}}); err == nil || !strings.Contains(err.Error(), "matrix") {
		t.Errorf("an unknown place gave %v", err)
	}
}

func TestIsForm(t *testing.T) {
	t.Parallel()
	step := func(status int, headers ...string) Step {
		s := Step{Request: Request{Headers: map[string]string{}}, Expect: Expect{Status: status}}
		for i := 0; i < len(headers); i += 2 {
			s.Request.Headers[headers[i]] = headers[i+1]
		}
		return s
	}
	for name, tt := range map[string]struct {
		steps []Step
		want  bool
	}{
		"url-encoded":          {[]Step{step(200, "content-type", "application/x-www-form-urlencoded; charset=utf-8")}, true},
		"multipart, refused":   {[]Step{step(400, "Content-Type", "multipart/form-data")}, true},
		"JSON":                 {[]Step{step(200, "Content-Type", "application/json")}, false},
		"no type":              {[]Step{step(422)}, false},
		"form where JSON is":   {[]Step{step(415, "Content-Type", "application/x-www-form-urlencoded")}, false},
		"JSON where a form is": {[]Step{step(415, "Content-Type", "application/json")}, true},
		"another charset":      {[]Step{step(415, "Content-Type", "application/json; charset=utf-16")}, false},
		"compressed":           {[]Step{step(415, "Content-Type", "application/json", "content-encoding", "gzip")}, false},
		"in a later step":      {[]Step{step(415, "Content-Type", "text/csv"), step(200, "Content-Type", "multipart/form-data; boundary=x")}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := isForm(&Case{Steps: tt.steps}); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

func TestServerConfig(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		json, want string
		lax        bool
	}{
		"none":              {`{}`, ``, false},
		"scalars":           {`{"max_body_size": 64, "enable_request_id": false}`, `enable_request_id=False, max_body_size=64`, false},
		"section":           {`{"jwt_auth": {"enabled": true, "secret": "s"}}`, `jwt_auth=JwtConfig(secret="s")`, false},
		"disabled section":  {`{"jwt_auth": {"enabled": false, "secret": "s"}}`, ``, false},
		"empty section":     {`{"rate_limit": {}}`, ``, false},
		"mapped":            {`{"unsupported:max_header_size": 8192}`, `max_header_size=8192`, false},
		"unknown":           {`{"health": 1}`, `error`, false},
		"unknown, left out": {`{"health": 1, "unsupported:x": 2}`, ``, true},
		"off by default":    {`{"compression": {"enabled": false}, "rate_limit": null}`, `compression=None, rate_limit=None`, false},
		"on as it is":       {`{"compression": {"enabled": true}}`, `compression=CompressionConfig()`, false},
		"other names":       {`{"cors": {"allowed_origins": ["*"], "exposed_headers": []}}`, `cors=CorsConfig(allow_origins=["*"], expose_headers=[])`, false},
		"unknown field":     {`{"cors": {"origins": ["*"]}}`, `error`, false},
		"field, left out":   {`{"cors": {"origins": ["*"], "max_age": 1}}`, `cors=CorsConfig(max_age=1)`, true},
		"static files":      {`{"static_files": [{"directory": "d", "route_prefix": "/s", "files": [{}]}]}`, `static_files=[StaticFilesConfig(directory="d", route_prefix="/s")]`, false},
		"no static files":   {`{"static_files": []}`, `static_files=[]`, false},
		"one static folder": {`{"static_files": {}}`, `error`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args, _, err := serverConfig(decoded(t, tt.json).(map[string]any), tt.lax)
			got := strings.Join(args, ", ")
			if err != nil {
				got = "error"
			}
			if got != tt.want {
				t.Errorf("got %q, want %q (%v)", got, tt.want, err)
			}
		})
	}
}
