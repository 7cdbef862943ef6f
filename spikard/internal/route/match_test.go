package route

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestMatch has what users of Starlette and FastAPI know, and what they would
// expect of converters and of templates registered in any order. Each case
// goes through the table and through Gin, with the routes in both orders.
func TestMatch(t *testing.T) {
	t.Parallel()
	for _, tc := range matchCases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, reverse := range []bool{false, true} {
				if tc.ordered && reverse {
					continue
				}
				routes := parseAll(t, tc.routes...)
				if reverse {
					slices.Reverse(routes)
				}
				table, err := Compile(routes)
				if err != nil {
					t.Fatal(err)
				}
				front := newGinFront(table.Mounts())
				for target, want := range tc.want {
					checkMatch(t, table, front, tc.routes, target, want)
				}
			}
		})
	}
}

// checkMatch wants "template value value" or "" for the target.
func checkMatch(t *testing.T, table *Table, front *ginFront, routes []string, target, want string) {
	t.Helper()
	u, err := url.Parse("http://host" + target)
	if err != nil {
		t.Fatal(err)
	}
	path, ok := Canonical(u)
	if !ok {
		t.Fatalf("%s is no path", target)
	}
	text := func(a answer) string {
		if !a.ok {
			return ""
		}
		return strings.Join(append([]string{routes[a.id]}, a.values...), " ")
	}
	var a answer
	a.id, a.values, a.ok = table.Match("GET", path, nil)
	if got := text(a); got != want {
		t.Errorf("%s: table gives %q, want %q", target, got, want)
	}
	if got := text(front.match("GET", path)); got != want {
		t.Errorf("%s: Gin gives %q, want %q", target, got, want)
	}
}

type matchCase struct {
	name    string
	routes  []string
	ordered bool // the order of registration matters
	want    map[string]string
}

var matchCases = []matchCase{
	{"plain REST", []string{"/users", "/users/me", "/users/{id}", "/users/{id}/posts"}, false, map[string]string{
		"/users": "/users", "/users/me": "/users/me", "/users/m": "/users/{id} m", "/users/mex": "/users/{id} mex",
		"/users/me/posts": "/users/{id}/posts me", "/users/1/posts": "/users/{id}/posts 1",
		"/users/": "", "/users/1/": "", "/users//posts": "", "/": "", "/user": "",
	}},
	{"root", []string{"/"}, false, map[string]string{"/": "/", "": "/", "//": "", "/a": ""}},
	{"trailing slash", []string{"/a", "/b/", "/c/{x}", "/d/{x}/"}, false, map[string]string{
		"/a": "/a", "/a/": "", "/b": "", "/b/": "/b/", "/c/1": "/c/{x} 1", "/c/1/": "", "/d/1": "", "/d/1/": "/d/{x}/ 1",
	}},
	{"one shape, converter refuses", []string{"/items/{id:int}"}, false, map[string]string{
		"/items/1": "/items/{id:int} 1", "/items/x": "/items/{id:int} x", "/items/": "",
	}},
	{"converter beside plain", []string{"/u/{name}", "/u/{id:int}", "/u/{key:uuid}", "/u/me"}, false, map[string]string{
		"/u/1": "/u/{id:int} 1", "/u/x": "/u/{name} x", "/u/me": "/u/me", "/u/1.5": "/u/{name} 1.5",
		"/u/6ba7b810-9dad-11d1-80b4-00c04fd430c8": "/u/{key:uuid} 6ba7b810-9dad-11d1-80b4-00c04fd430c8",
	}},
	{"no converter accepts", []string{"/{a:uuid}", "/{b:date}"}, true, map[string]string{
		"/x": "/{a:uuid} x", "/2024-01-01": "/{b:date} 2024-01-01",
	}},
	{"both converters accept", []string{"/{a:float}", "/{b:int}"}, true, map[string]string{
		"/1": "/{a:float} 1", "/1.5": "/{a:float} 1.5",
	}},
	{"date and datetime", []string{"/at/{d:date}", "/at/{t:datetime}"}, false, map[string]string{
		"/at/2024-01-01":                "/at/{d:date} 2024-01-01",
		"/at/2024-01-01T10:00:00+02:00": "/at/{t:datetime} 2024-01-01T10:00:00+02:00",
	}},
	{"converters over text behind", []string{"/{a:int}/x", "/{b}/{c}"}, false, map[string]string{
		"/1/x": "/{a:int}/x 1", "/y/x": "/{b}/{c} y x", "/1/y": "/{b}/{c} 1 y",
	}},
	{"text with backtracking", []string{"/a/{x}/c", "/a/b/d", "/{y}/b/e"}, false, map[string]string{
		"/a/b/c": "/a/{x}/c b", "/a/b/d": "/a/b/d", "/a/b/e": "/{y}/b/e a", "/a/b/f": "",
	}},
	{"parameter that hides another", []string{"/a/{x}/c", "/{y}/b/d"}, false, map[string]string{
		"/a/b/c": "/a/{x}/c b", "/a/b/d": "/{y}/b/d a",
	}},
	{"different names at one place", []string{"/u/{id}", "/u/{name}/posts", "/u/{key}/tags/{tag}"}, false, map[string]string{
		"/u/1": "/u/{id} 1", "/u/1/posts": "/u/{name}/posts 1", "/u/1/tags/2": "/u/{key}/tags/{tag} 1 2",
	}},
	{"catch-all", []string{"/files/{p:path}", "/files"}, false, map[string]string{
		"/files": "/files", "/files/": "/files/{p:path} ", "/files/a": "/files/{p:path} a",
		"/files/a/b/": "/files/{p:path} a/b/", "/files//a": "/files/{p:path} /a", "/filesx": "",
	}},
	{"catch-all beside others", []string{"/{p:path}", "/", "/a/b", "/a/{x}"}, false, map[string]string{
		"/": "/", "/a": "/{p:path} a", "/a/b": "/a/b", "/a/c": "/a/{x} c", "/a/": "/{p:path} a/", "/a/b/c": "/{p:path} a/b/c",
	}},
	{"catch-all in the middle", []string{"/f/{p:path}/edit", "/f/{p:path}", "/f/{p:path}.json"}, false, map[string]string{
		"/f/a/b/edit": "/f/{p:path}/edit a/b", "/f/edit": "/f/{p:path} edit", "/f//edit": "/f/{p:path}/edit ",
		"/f/a/b.json": "/f/{p:path}.json a/b", "/f/.json": "/f/{p:path}.json ",
	}},
	{"catch-all without a slash", []string{"/f{p:path}"}, false, map[string]string{
		"/f": "/f{p:path} ", "/f/a": "/f{p:path} /a", "/fa": "/f{p:path} a", "/g": "",
	}},
	{"two catch-alls", []string{"/{a:path}/to/{b:path}"}, false, map[string]string{
		"/x/to/y": "/{a:path}/to/{b:path} x y", "/x/to/y/to/z": "/{a:path}/to/{b:path} x/to/y z", "/x/to": "",
	}},
	{"converter behind a catch-all", []string{"/{p:path}/{id:int}", "/{p:path}/{name}"}, false, map[string]string{
		"/a/b/1": "/{p:path}/{id:int} a/b 1", "/a/b/c": "/{p:path}/{name} a/b c", "/a/b/": "",
	}},
	{"several in a segment", []string{"/x/{a}-{b}", "/x/{a}"}, false, map[string]string{
		"/x/1-2": "/x/{a}-{b} 1 2", "/x/1-2-3": "/x/{a}-{b} 1-2 3", "/x/-": "/x/{a} -", "/x/1-": "/x/{a} 1-", "/x/1": "/x/{a} 1",
	}},
	{"converters choose the cut", []string{"/{a:int}-{b}"}, false, map[string]string{
		"/1-2-3": "/{a:int}-{b} 1 2-3", "/x-2-3": "/{a:int}-{b} x-2 3",
	}},
	{"extensions", []string{"/r/{name}.json", "/r/{name}.csv", "/r/{name}.{ext}", "/r/{name}"}, false, map[string]string{
		"/r/a.json": "/r/{name}.json a", "/r/a.b.csv": "/r/{name}.csv a.b", "/r/a.b.c": "/r/{name}.{ext} a.b c", "/r/a": "/r/{name} a", "/r/.json": "/r/{name} .json",
	}},
	{"custom methods", []string{"/v1/{id}:start", "/v1/{id}", "/v1/all:start"}, false, map[string]string{
		"/v1/7:start": "/v1/{id}:start 7", "/v1/7": "/v1/{id} 7", "/v1/all:start": "/v1/all:start", "/v1/7:stop": "/v1/{id} 7:stop",
	}},
	{"text that Gin reads as its own", []string{"/:id", "/*all", "/a:b/c"}, false, map[string]string{
		"/:id": "/:id", "/*all": "/*all", "/x": "", "/a:b/c": "/a:b/c", "/ax/c": "",
	}},
	{"dot segments and double slashes", []string{"/a/../b", "/a/./b", "/a//b", "/a/b"}, false, map[string]string{
		"/a/../b": "/a/../b", "/a/./b": "/a/./b", "/a//b": "/a//b", "/a/b": "/a/b", "/b": "",
	}},
	{"Unicode", []string{"/café/{x}", "/日本"}, false, map[string]string{
		"/café/é": "/café/{x} %C3%A9", "/caf%c3%a9/%C3%A9": "/café/{x} %C3%A9", "/日本": "/日本", "/%E6%97%A5%E6%9C%AC": "/日本",
	}},
	{"escapes stay in values", []string{"/s/{a}/{b}", "/s/{a}"}, false, map[string]string{
		"/s/a%2Fb": "/s/{a} a%2Fb", "/s/a%2fb/c+d%20e": "/s/{a}/{b} a%2Fb c+d%20e", "/s/a+b": "/s/{a} a+b",
	}},
	{"escapes are not cut", []string{"/{a}5", "/x/{a}5{b}", "/x/{c}"}, false, map[string]string{
		"/%25": "", "/%255": "/{a}5 %25", "/x/%25y": "/x/{c} %25y", "/x/1%255y": "/x/{a}5{b} 1%25 y",
	}},
	{"slashes at the end beside text", []string{"/u/{id}/", "/u/search/", "/u/settings/"}, false, map[string]string{
		"/u/se/": "/u/{id}/ se", "/u/search/": "/u/search/", "/u/search": "", "/u/x/": "/u/{id}/ x",
	}},
	{"slash that Gin would redirect", []string{"/u/me/", "/u/{id}"}, false, map[string]string{
		"/u/me": "/u/{id} me", "/u/me/": "/u/me/",
	}},
}

// Long texts and many cuts are decided, not searched.
func TestMatchLong(t *testing.T) {
	t.Parallel()
	table := compileAll(t, "/{a:int}-{b:int}-{c:int}-{d:int}x", "/p/{a:path}/{b:path}/{c:path}/{d:path}/end")
	long := strings.Repeat("1-", 20_000)
	if _, _, ok := table.Match("GET", "/"+long, nil); ok {
		t.Error("fits without its end")
	}
	if _, values, ok := table.Match("GET", "/"+long+"1x", nil); !ok || values[3] != "1" || len(values[0]) < len(long)-10 {
		t.Errorf("got %d values, %t", len(values), ok)
	}
	if _, _, ok := table.Match("GET", "/p"+strings.Repeat("/", 20_000), nil); ok {
		t.Error("fits without its end")
	}
}

// What isn't canonical has no right answer, but it must not break anything.
func TestMatchUncanonical(t *testing.T) {
	t.Parallel()
	table := compileAll(t, "/{a:int}", "/{a:int}5{b:uuid}", "/{p:path}5")
	for _, path := range []string{"", "a", "*", "/%", "/%5", "/%25%", "/5%5", "/\xff5"} {
		table.Match("GET", path, nil)
		table.Allowed(path)
	}
}

func matchAllocations() (routes []string, paths map[string]string) {
	routes = []string{
		"/users", "/users/me", "/users/{id:int}", "/users/{name}", "/users/{id}/posts/{post}",
		"/files/{p:path}", "/files/{p:path}/edit", "/r/{name}.{ext}", "/r/{a:int}-{b:date}",
	}
	for _, s := range strings.Fields("orders items carts tags teams roles bills plans") {
		routes = append(routes, "/"+s, "/"+s+"/{id}", "/"+s+"/{id}/{part}")
	}
	return routes, map[string]string{
		"text": "/users/me", "converter": "/users/12", "plain": "/users/bob", "two": "/users/1/posts/2",
		"path": "/files/a/b/c", "middle": "/files/a/b/edit", "segment": "/r/a.b.json", "dates": "/r/1-2024-01-01", "none": "/users/1/2/3",
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	routes, paths := matchAllocations()
	table := compileAll(t, routes...)
	values := make([]string, 0, 8)
	for name, path := range paths {
		if n := testing.AllocsPerRun(100, func() { table.Match("GET", path, values) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	routes, paths := matchAllocations()
	table := compileAll(b, routes...)
	values := make([]string, 0, 8)
	for name, path := range paths {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				table.Match("GET", path, values)
			}
		})
	}
}
