package route

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCanonicalOfTargets(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, target, want string }{
		{"plain", "/users/1", "/users/1"},
		{"root", "/", "/"},
		{"absolute form without a path", "http://host", "/"},
		{"query", "/a?b=/c", "/a"},
		{"raw UTF-8", "/café", "/caf%C3%A9"},
		{"escaped UTF-8", "/caf%C3%A9", "/caf%C3%A9"},
		{"lower-case escape", "/caf%c3%a9", "/caf%C3%A9"},
		{"raw UTF-8 beside an escaped slash", "/é%2fb", "/%C3%A9%2Fb"},
		{"needless escapes", "/%61%2D%2e%5F%7e%30", "/a-._~0"},
		{"escaped slash", "/a%2Fb", "/a%2Fb"},
		{"plus", "/a+b", "/a+b"},
		{"escaped plus", "/a%2bb", "/a%2Bb"},
		{"space", "/a%20b", "/a%20b"},
		{"delimiters", "/$&+,;=:@", "/$&+,;=:@"},
		{"escaped delimiters", "/%3A%40", "/%3A%40"},
		{"marks", "/!'()*", "/!'()*"},
		{"escaped marks", "/%21%27%28%29%2A", "/!'()*"},
		{"escaped marks beside an escaped slash", "/%28%2F%29", "/(%2F)"},
		{"brackets", "/[a]", "/%5Ba%5D"},
		{"escaped percent", "/100%25", "/100%25"},
		{"dot segments", "/a/./../b", "/a/./../b"},
		{"double slashes", "//a//b//", "//a//b//"},
		{"null byte", "/%00", "/%00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			u, err := url.ParseRequestURI(tc.target)
			if strings.HasPrefix(tc.target, "//") {
				u, err = url.ParseRequestURI("http://host" + tc.target)
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := Canonical(u); got != tc.want || !ok {
				t.Errorf("got %q, %t, want %q", got, ok, tc.want)
			}
		})
	}
}

func TestCanonicalOfURLs(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		url  url.URL
		want string // "": refused
	}{
		{"path only", url.URL{Path: "/a(b) c%"}, "/a(b)%20c%25"},
		{"stale raw path", url.URL{Path: "/b", RawPath: "/a%2Fb"}, "/b"},
		{"longer raw path", url.URL{Path: "/a", RawPath: "/ab"}, "/a"},
		{"shorter raw path", url.URL{Path: "/ab", RawPath: "/a"}, "/ab"},
		{"bad escape", url.URL{Path: "/a", RawPath: "/%zz"}, ""},
		{"cut escape", url.URL{Path: "/a", RawPath: "/a%2"}, ""},
		{"raw bytes that aren't UTF-8", url.URL{Path: "/\xff"}, ""},
		{"escapes that aren't UTF-8", url.URL{Path: "/\xff", RawPath: "/%FF"}, ""},
		{"overlong", url.URL{Path: "/\xc0\xaf", RawPath: "/%C0%AF"}, ""},
		{"surrogate", url.URL{Path: "/\xed\xa0\x80", RawPath: "/%ED%A0%80"}, ""},
		{"cut rune", url.URL{Path: "/\xc3a", RawPath: "/%C3a"}, ""},
		{"rune of four bytes", url.URL{Path: "/\U0001F600"}, "/%F0%9F%98%80"},
		{"asterisk", url.URL{Path: "*"}, ""},
		{"no leading slash", url.URL{Path: "a"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got, ok := Canonical(&tc.url); got != tc.want || ok != (tc.want != "") {
				t.Errorf("got %q, %t, want %q", got, ok, tc.want)
			}
		})
	}
}

func TestCanonicalDoesNotAllocate(t *testing.T) {
	for _, target := range []string{"/users/12/posts", "/a%2Fb/%3A", "/-._~!$&'()*+,;=:@"} {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() { Canonical(u) }); n != 0 {
			t.Errorf("%s: %v allocations", target, n)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{"/", "/a%2Fb", "/é", "/%c3%A9", "/%28", "//", "/%25%32%35", "/a%FF", "*", "/\xf0\x9f%98%80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		got, ok := Canonical(u)
		if want := utf8.ValidString(u.Path) && (u.Path == "" || u.Path[0] == '/'); ok != want {
			t.Fatalf("%q: ok is %t", target, ok)
		}
		if !ok {
			return
		}
		decoded, err := url.PathUnescape(got)
		if err != nil || decoded != u.Path && u.Path != "" {
			t.Fatalf("%q: %q decodes to %q, %v; the path is %q", target, got, decoded, err, u.Path)
		}
		again, ok := Canonical(&url.URL{Path: decoded, RawPath: got})
		if !ok || again != got {
			t.Fatalf("%q: %q becomes %q, %t", target, got, again, ok)
		}
	})
}

func BenchmarkCanonical(b *testing.B) {
	for _, target := range []string{"/users/12/posts/345", "/files/a%2Fb", "/caf%C3%A9"} {
		b.Run(strings.ReplaceAll(target[1:], "/", "_"), func(b *testing.B) {
			r, err := http.NewRequest(http.MethodGet, target, nil)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				Canonical(r.URL)
			}
		})
	}
}
