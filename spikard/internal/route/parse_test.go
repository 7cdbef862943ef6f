package route

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		path   string
		key    string
		params []Param
	}{
		{"/", "/", nil},
		{"/users", "/users", nil},
		{"/users/", "/users/", nil},
		{"//a", "//a", nil},
		{"/users/{id}", "/users/{str}", []Param{{"id", Str}}},
		{"/users/{id:str}", "/users/{str}", []Param{{"id", Str}}},
		{"/{a:int}/{b:float}/{c:bool}/{d:uuid}", "/{int}/{float}/{bool}/{uuid}", []Param{{"a", Int}, {"b", Float}, {"c", Bool}, {"d", UUID}}},
		{"/{a:date}/{b:datetime}/{c:path}", "/{date}/{datetime}/{path}", []Param{{"a", Date}, {"b", DateTime}, {"c", Path}}},
		{"/x/{a}-{b}", "/x/{str}-{str}", []Param{{"a", Str}, {"b", Str}}},
		{"/{name}.json", "/{str}.json", []Param{{"name", Str}}},
		{"/{rest:path}/edit", "/{path}/edit", []Param{{"rest", Path}}},
		{"/{_p1}:activate", "/{str}:activate", []Param{{"_p1", Str}}},
		{"/café", "/caf%C3%A9", nil},
		{"/caf%c3%a9", "/caf%C3%A9", nil},
		{"/%7Euser", "/~user", nil},
		{"/a b\"<>\\^`|", "/a%20b%22%3C%3E%5C%5E%60%7C", nil},
		{"/a%2Fb%3f", "/a%2Fb%3F", nil},
		{"/-._~!$&'()*+,;=:@", "/-._~!$&'()*+,;=:@", nil},
	} {
		t.Run(tc.path, func(t *testing.T) {
			t.Parallel()
			tmpl, err := Parse(tc.path)
			if err != nil {
				t.Fatal(err)
			}
			if tmpl.key != tc.key {
				t.Errorf("key %q, want %q", tmpl.key, tc.key)
			}
			if !slices.Equal(tmpl.Params(), tc.params) {
				t.Errorf("params %v, want %v", tmpl.Params(), tc.params)
			}
			if tmpl.String() != tc.path {
				t.Errorf("String() %q", tmpl)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, path string
		column     int
		reason     string
	}{
		{"empty", "", 1, `starts with "/"`},
		{"no slash", "users", 1, `starts with "/"`},
		{"unclosed", "/a/{id", 4, "not closed"},
		{"unclosed before a slash", "/{id/b}", 2, "not closed"},
		{"nested", "/{a{b}}", 2, "not closed"},
		{"closed only", "/a}", 3, "closes nothing"},
		{"no name", "/{}", 3, "no parameter name"},
		{"no name but a converter", "/{:int}", 3, "no parameter name"},
		{"digit first", "/a/{1a}", 5, `"1a" is no parameter name`},
		{"space", "/{ id }", 3, "no parameter name"},
		{"not ASCII", "/é/{é}", 5, "no parameter name"},
		{"twice", "/é/{a}/{a:int}", 9, `"a" is there twice`},
		{"unknown converter", "/{id:integer}", 6, `unknown converter "integer"; there are str, int, float, bool, uuid, date, datetime, path`},
		{"empty converter", "/{id:}", 6, `unknown converter ""`},
		{"upper-case converter", "/{id:Int}", 6, "unknown converter"},
		{"adjacent", "/{a}{b}", 5, "put text between"},
		{"adjacent path", "/{a:path}{b:path}", 10, "put text between"},
		{"query", "/a?b={c}", 3, "query"},
		{"fragment", "/a#b", 3, "fragment"},
		{"short escape", "/a%2", 3, "two hexadecimal digits"},
		{"bad escape", "/100%zz", 5, "two hexadecimal digits"},
		{"not UTF-8", "/a\xff", 2, "not UTF-8"},
		{"escape of no UTF-8", "/a%FF", 2, "not UTF-8"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(tc.path)
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("got %v", err)
			}
			if syntax.Column != tc.column || !strings.Contains(syntax.Reason, tc.reason) {
				t.Errorf("got column %d: %s", syntax.Column, syntax.Reason)
			}
		})
	}
}

func TestSyntaxErrorText(t *testing.T) {
	t.Parallel()
	_, err := Parse("/é/{id:integer}")
	want := `path template "/é/{id:integer}": column 8: unknown converter "integer"; ` +
		`there are str, int, float, bool, uuid, date, datetime, path`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"/", "/a/{b}", "/{a:int}-{b}", "/{p:path}.x", "/é%2F", "/{", "//{a}b/", "/%25{a}5"} {
		f.Add(s, "/a/1-2")
	}
	f.Fuzz(func(t *testing.T, template, path string) {
		tmpl, err := Parse(template)
		if err != nil {
			return
		}
		if strings.Count(tmpl.key, "{") != len(tmpl.Params()) {
			t.Fatalf("%q: %d parameters in %q", template, len(tmpl.Params()), tmpl.key)
		}
		table, err := Compile([]Route{{Method: "POST", Template: tmpl}})
		if err != nil {
			t.Fatal(err)
		}
		if _, values, ok := table.Match("POST", path, nil); ok && len(values) != len(tmpl.Params()) {
			t.Fatalf("%q on %q: %q", template, path, values)
		}
		// A template fits its own key, with "x" for each parameter.
		own := regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(tmpl.key, "x")
		front := newGinFront(table.Mounts())
		if _, values, ok := table.Match("POST", own, nil); !ok || !same(front.match("POST", own), answer{0, values, ok}) {
			t.Fatalf("%q on %q: %q, %t, Gin %+v", template, own, values, ok, front.got)
		}
	})
}
