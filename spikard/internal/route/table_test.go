package route

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestCompileFaults(t *testing.T) {
	t.Parallel()
	routes := parseAll(t,
		"/users/{id}", "/users/{name:str}", "/users/{id:int}", "POST /users/{id}",
		"/café", "/caf%c3%a9", "get /a", " /b", "/same", "/same", "/x")
	routes[10].ID = -1
	_, err := Compile(routes)
	if err == nil {
		t.Fatal("no fault found")
	}
	want := []string{
		`app.py:2: GET "/users/{name:str}" is registered already at app.py:1 as "/users/{id}", which fits the same paths; change or remove one of them`,
		`app.py:6: GET "/caf%c3%a9" is registered already at app.py:5 as "/café", which fits the same paths; change or remove one of them`,
		`app.py:7: "get" of "/a" is no method; write it in upper-case letters`,
		`app.py:8: "" of "/b" is no method; write it in upper-case letters`,
		`app.py:10: GET "/same" is registered already at app.py:9; change or remove one of them`,
		`app.py:11: GET "/x" has the negative id -1`,
	}
	if got := strings.Split(err.Error(), "\n"); !slices.Equal(got, want) {
		t.Errorf("got\n%s", err)
	}
	var conflict *ConflictError
	if !errors.As(err, &conflict) || conflict.First.ID != 0 || conflict.Second.ID != 1 {
		t.Errorf("first conflict %+v", conflict)
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	table := compileAll(t, "/a/{x}", "HEAD /a/{y}", "/b", "POST /c", "HEAD /d/{n}", "/d/{n:int}")
	for _, tc := range []struct {
		path string
		id   int
	}{
		{"/a/1", 1}, {"/b", 2}, {"/c", -1}, {"/d/1", 5}, {"/d/x", 4},
	} {
		id, _, ok := table.Match("HEAD", tc.path, nil)
		if ok != (tc.id >= 0) || ok && id != tc.id {
			t.Errorf("%s: %d, %t; want %d", tc.path, id, ok, tc.id)
		}
	}
}

// An added HEAD keeps its GET's place in the order of registration.
func TestHeadOrder(t *testing.T) {
	t.Parallel()
	table := compileAll(t, "/{a:int}", "HEAD /{a:float}")
	if id, _, _ := table.Match("HEAD", "/1", nil); id != 0 {
		t.Errorf("got %d", id)
	}
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	table := compileAll(t, "PUT /u/{id}", "/u/{id:int}", "DELETE /u/me", "POST /u/{p:path}", "PATCH /{a}-{b}")
	for path, want := range map[string]string{
		"/u/1": "GET HEAD POST PUT", "/u/me": "DELETE GET HEAD POST PUT", "/u/": "POST", "/u/1/2": "POST",
		"/u": "", "/a-b": "PATCH", "/": "", "": "", "*": "", "u": "",
	} {
		if got := strings.Join(table.Allowed(path), " "); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestMatchOtherMethod(t *testing.T) {
	t.Parallel()
	table := compileAll(t, "/a")
	for _, method := range []string{"POST", "get", ""} {
		if _, out, ok := table.Match(method, "/a", []string{"x"}); ok || len(out) != 0 {
			t.Errorf("%q: %q, %t", method, out, ok)
		}
	}
}
