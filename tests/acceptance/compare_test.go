package main

import (
	"net/http"
	"strings"
	"testing"
)

func TestDiffer(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		want, got string
		same      bool
	}{
		"integer and float":        {`1`, `1.0`, true},
		"other notation":           {`123000`, `1.23e5`, true},
		"negative zero":            {`0`, `-0.0`, true},
		"a float's digits":         {`0.1`, `0.1000000000000000055`, true},
		"large integers":           {`9223372036854775807`, `9223372036854775807`, true},
		"near large integers":      {`9223372036854775807`, `9223372036854775806`, false},
		"near large, one a float":  {`9007199254740993`, `9007199254740992.0`, false},
		"huge exponent":            {`1e999999999`, `2e999999999`, false},
		"number for text":          {`"1"`, `1`, false},
		"text for number":          {`1`, `"1"`, false},
		"bool for number":          {`1`, `true`, false},
		"number for bool":          {`true`, `1`, false},
		"null for false":           {`false`, `null`, false},
		"null for missing":         {`{"a": null}`, `{}`, false},
		"extra member":             {`{}`, `{"a": null}`, false},
		"members in another order": {`{"a": 1, "b": [{}]}`, `{"b": [{}], "a": 1}`, true},
		"items in another order":   {`[1, 2]`, `[2, 1]`, false},
		"fewer items":              {`[1, 2]`, `[1]`, false},
		"object for array":         {`[]`, `{}`, false},
		"array for object":         {`{}`, `[]`, false},
		"uuid":                     {`"<<uuid>>"`, `"3F2504E0-4F89-41D3-9A0C-0305E82C3301"`, true},
		"no uuid":                  {`"<<uuid>>"`, `"3F2504E0"`, false},
		"present":                  {`{"a": "<<present>>"}`, `{"a": [1]}`, true},
		"present but null":         {`{"a": "<<present>>"}`, `{"a": null}`, false},
		"absent":                   {`{"a": "<<absent>>"}`, `{}`, true},
		"absent but there":         {`{"a": "<<absent>>"}`, `{"a": null}`, false},
		"pattern is text here":     {`".*"`, `"x"`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			diff := differ(decoded(t, tt.want), decoded(t, tt.got), "body")
			if (diff == "") != tt.same {
				t.Errorf("%s against %s: %q, want same %v", tt.want, tt.got, diff, tt.same)
			}
		})
	}
}

// FuzzSameNumber checks that the comparison is symmetric and ends.
func FuzzSameNumber(f *testing.F) {
	for _, s := range []string{"0", "-0.0", "1e5", "123.000", "1e999999999", "9007199254740993"} {
		f.Add(s, "1")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if sameNumber(a, b) != sameNumber(b, a) {
			t.Errorf("%q and %q compare differently the other way round", a, b)
		}
		if !sameNumber(a, a) {
			t.Errorf("%q differs from itself", a)
		}
	})
}

func TestBodies(t *testing.T) {
	t.Parallel()
	const (
		first  = `{"type":"missing","loc":["query","a"],"msg":"Field required","input":null}`
		second = `{"type":"int_parsing","loc":["query","b"],"msg":"Input should be a valid integer","input":"x"}`
		ours   = `{"type":"validation_error","loc":["body"],"msg":"M","input":1}`
	)
	problem := func(entries ...string) string {
		return `{"type":"t","title":"T","status":422,"detail":"d","errors":[` + strings.Join(entries, ",") + `]}`
	}
	for name, tt := range map[string]struct {
		want, got string
		same      bool
	}{
		"equal":                  {problem(first, second), problem(first, second), true},
		"another order":          {problem(first, second), problem(second, first), true},
		"one too many":           {problem(first), problem(first, second), false},
		"one too few":            {problem(first, second), problem(first), false},
		"one twice":              {problem(first, second), problem(first, first), false},
		"another text":           {problem(first), problem(strings.Replace(first, "Field", "Value", 1)), false},
		"another input":          {problem(second), problem(strings.Replace(second, `"x"`, `"y"`, 1)), false},
		"another loc":            {problem(first), problem(strings.Replace(first, "query", "path", 1)), false},
		"another type":           {problem(first), problem(strings.Replace(first, "missing", "absent", 1)), false},
		"additional ctx":         {problem(first), problem(strings.Replace(first, `"input"`, `"ctx":{},"input"`, 1)), false},
		"own text":               {problem(ours), problem(`{"type":"validation_error","loc":["body"],"msg":"other","ctx":{}}`), true},
		"own text, another loc":  {problem(ours), problem(strings.Replace(ours, `"body"`, `"body","a"`, 1)), false},
		"another detail":         {problem(first), strings.Replace(problem(first), `"d"`, `"e"`, 1), false},
		"no errors":              {problem(first), `{"type":"t","title":"T","status":422,"detail":"d"}`, false},
		"errors of another kind": {`{"errors":[{"message":"a"},{"message":"b"}]}`, `{"errors":[{"message":"b"},{"message":"a"}]}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			diff := differBody(decoded(t, tt.want), decoded(t, tt.got))
			if (diff == "") != tt.same {
				t.Errorf("%q, want same %v", diff, tt.same)
			}
		})
	}
}

func TestCheckBodyText(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		want, kind, body string
		ok               bool
	}{
		"text":             {"hello", "text/plain", "hello", true},
		"other text":       {"hello", "text/plain", "hello\n", false},
		"JSON text":        {"hello", "application/json", `"hello"`, true},
		"bare text, JSON":  {"hello", "application/json", `hello`, true},
		"quoted, not JSON": {"hello", "text/plain", `"hello"`, false},
		"empty":            {"", "application/json", "", true},
		"not empty":        {"", "text/plain", "null", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := &answer{header: http.Header{"Content-Type": {tt.kind}}, body: []byte(tt.body)}
			if err := checkBody(Expect{Body: tt.want}, got); (err == nil) != tt.ok {
				t.Errorf("%v, want ok %v", err, tt.ok)
			}
		})
	}
}

func TestSubsetOfErrors(t *testing.T) {
	t.Parallel()
	want := decoded(t, `[{"type":"validation_error","loc":["files","f"],"msg":"m"}]`).([]any)
	got := &answer{body: []byte(`{"errors":[{"type":"missing","loc":["body"]},{"type":"validation_error","loc":["files","f"]}]}`)}
	if err := checkBody(Expect{ErrorsSubset: want}, got); err != nil {
		t.Error(err)
	}
	got.body = []byte(`{"errors":[{"type":"missing","loc":["body"]}]}`)
	if err := checkBody(Expect{ErrorsSubset: want}, got); err == nil {
		t.Error("a missing entry was not noticed")
	}
}
