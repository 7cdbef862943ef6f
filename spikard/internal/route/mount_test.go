package route

import (
	"slices"
	"strings"
	"testing"
)

// TestMounts fixes what stays direct and how narrow the others are.
func TestMounts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		routes []string // POST
		want   string   // patterns; "=" is direct
	}{
		{
			"plain REST",
			[]string{"/users", "/users/me", "/users/{id}", "/users/{id}/posts"},
			"=/users =/users/:p1 =/users/:p1/posts =/users/me",
		},
		{
			"converters that don't compete",
			[]string{"/items/{id:int}", "/items/{id}/parts/{n:int}", "/orders/{at:date}/"},
			"=/items/:p1 =/items/:p1/parts/:p2 =/orders/:p1/",
		},
		{"slash before a parameter", []string{"/items/", "/items/{id}"}, "=/items/ =/items/:p1"},
		{"short parameter beside long text", []string{"/{slug}", "/users/{id}", "/health"}, "=/:p1 =/health =/users/:p1"},
		{
			"me with its own parameters",
			[]string{"/users/{id}", "/users/{id}/posts", "/users/me/posts/{n}"},
			"=/users/:p1 =/users/:p1/posts =/users/me/posts/:p1",
		},
		{"competing converters", []string{"/u/{id:int}", "/u/{name}", "/v/{x}"}, "/u/:p1 =/v/:p1"},
		{"competing further on", []string{"/u/{id:int}/{x}", "/u/{name}/posts"}, "/u/:p1/:p2 /u/:p1/posts"},
		{"several in a segment", []string{"/x/{a}-{b}/c", "/x/{name}.json", "/y"}, "/x/:p1 /x/:p1/c =/y"},
		{"catch-all", []string{"/files/{p:path}", "/files", "/a/{b}"}, "=/a/:p1 =/files /files/*rest"},
		{"catch-all beside others", []string{"/files/{p:path}", "/files/new", "/files/", "/filed"}, "=/filed /files/*rest"},
		{"catch-all behind a parameter", []string{"/u/{id}/files/{p:path}", "/u/{id}"}, "=/u/:p1 /u/:p1/files/*rest"},
		{"text behind a path", []string{"/a/b/{p:path}/edit", "/a/c"}, "/a/b/*rest =/a/c"},
		{
			"parameter that Gin doesn't leave",
			[]string{"/users/{id}/posts/{n}", "/users/me/posts/{n}"},
			"/users/:p1/posts/:p2 /users/me/posts/*rest",
		},
		{"slash that Gin doesn't leave", []string{"/u/{id}/", "/u/me", "/v"}, "/u/*rest =/v"},
		{
			"text that Gin can't hold",
			[]string{"/v1/a:b", "/v1/a:b/c", "/w//x", "/w/y", "/q/../z"},
			"/q/:p1/z /v1/:p1 /v1/:p1/c /w/*rest",
		},
		{"escapes", []string{"/café/{x}", "/a b"}, "=/a%20b =/caf%C3%A9/:p1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			posts := make([]string, len(tc.routes))
			for i, r := range tc.routes {
				posts[i] = "POST " + r
			}
			want := strings.Fields(tc.want)
			slices.Sort(want)
			if got := mountList(compileAll(t, posts...)); !slices.Equal(got, want) {
				t.Errorf("got  %s\nwant %s", strings.Join(got, " "), strings.Join(want, " "))
			}
		})
	}
}

func mountList(table *Table) []string {
	var list []string
	for _, m := range table.Mounts() {
		if m.Dispatch == nil {
			m.Pattern = "=" + m.Pattern
		}
		list = append(list, m.Pattern)
	}
	slices.Sort(list)
	return list
}

func TestMountsOfMethods(t *testing.T) {
	t.Parallel()
	var got []string
	for _, m := range compileAll(t, "/a/{x}", "PUT /a/{y:path}", "DELETE /a/{z:int}").Mounts() {
		got = append(got, m.Method+" "+m.Pattern)
		if (m.Dispatch == nil) != (m.Direct >= 0) {
			t.Errorf("%s %s: both or neither", m.Method, m.Pattern)
		}
	}
	want := []string{"DELETE /a/:p1", "GET /a/:p1", "HEAD /a/:p1", "PUT /a/*rest"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
