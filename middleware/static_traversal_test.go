package middleware_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
)

// canary is in all files that nobody may see.
const canary = "CANARY-6f1d"

// guarded makes a folder with what must not be served inside and around it.
func guarded(t testing.TB) string {
	t.Helper()
	outer := folder(t, map[string]string{
		"canary.txt": canary, "etc/passwd": canary, "rootsibling/canary.txt": canary,
		"root/index.html": "fine", "root/ok.txt": "fine", "root/sub/index.html": "fine",
		"root/.env": canary, "root/.git/config": canary, "root/sub/.hidden": canary,
	})
	root := filepath.Join(outer, "root")
	for name, to := range map[string]string{
		"link.txt": "../canary.txt", "linkdir": "..", "sub/up": "../..", "absolute.txt": filepath.Join(outer, "canary.txt"),
		"etc": "/etc", "chain.txt": "linkdir/canary.txt", "fine.txt": "ok.txt",
	} {
		if err := os.Symlink(to, filepath.Join(root, filepath.FromSlash(name))); err != nil {
			t.Fatal(err) // where links need a privilege, the test has to have it
		}
	}
	return root
}

// traversals are the tails of targets that lead out of the folder in every
// disguise: each way to write the dots with each to write the separator, and
// what systems and decoders have fallen for.
func traversals() []string {
	dots := []string{
		"..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "%25252e%25252e", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae",
		"%uff0e%uff0e", "%ef%bc%8e%ef%bc%8e", "...", "....", ". .", "..%00", "..%20", "..;", "..;a=b", "%2e%2e.",
	}
	slashes := []string{
		"/", "%2f", "%2F", "%252f", "%25252f", "\\", "%5c", "%5C", "%255c", "%c0%af", "%c1%9c", "%e0%80%af", "%u2215", "%e2%88%95", "//", "/./", "/%2e/", "%00/",
	}
	var out []string
	for _, dot := range dots {
		for _, slash := range slashes {
			up := dot + slash
			out = append(out, up+"canary.txt", up+up+up+up+"etc"+slash+"passwd", "sub"+slash+up+up+"canary.txt")
		}
	}
	return append(out,
		"link.txt", "linkdir/canary.txt", "sub/up/canary.txt", "absolute.txt", "etc/passwd", "etc/", "linkdir/", "linkdir", "chain.txt", "linkdir/"+"root/ok.txt",
		".env", "%2eenv", "%2Eenv", ".env%00.txt", "ok.txt/../.env", ".git/config", ".git%2fconfig", "sub/.hidden", "sub%2f.hidden", "./.env", "/.env",
		"ok.txt%00", "%00", "ok.txt%00.html", "ok.txt.", "ok.txt%20", "ok.txt%2e", "ok.txt::$DATA", "ok.txt%3a%3a$DATA", "ok.txt:stream", "ok.txt%0a", "ok.txt%0d%0aX:y", "ok.txt%7f",
		"/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "%2Fetc/passwd", "C:/windows/win.ini", "C:%5cwindows%5cwin.ini", "c|/windows", "file:///etc/passwd",
		"\\\\server\\share", "%5c%5cserver%5cshare", "\\\\?\\C:\\x", "//?/C:/x", "con", "CON", "nul.txt", "aux", "com1", "LPT9.txt", "com%c2%b9", "conin$",
		"ok.txt/", "ok.txt/.", "ok.txt/..", "ok.txt//", "sub/.", "sub/..", ".", "..", "/", "./", "../", "%", "%2", "%zz", "%ff", "\xff", "~root", "~/.ssh/id_rsa",
		"rootsibling/canary.txt", "../rootsibling/canary.txt", "..%2frootsibling/canary.txt", strings.Repeat("../", 200)+"etc/passwd", strings.Repeat("a/", 500)+"x", strings.Repeat("x", 300),
	)
}

// harmless tells whether an answer is one that these requests may get. net/http
// refuses some by itself.
func harmless(status int, body string) bool {
	return (status == 404 || status == 400) && !strings.Contains(body, canary) && !strings.Contains(body, "root:")
}

// TestStaticTraversal sends the targets as they are, which no client would.
func TestStaticTraversal(t *testing.T) {
	t.Parallel()
	dir := guarded(t)
	for _, prefix := range []string{"", "/app"} {
		static := newStatic(t, middleware.StaticConfig{Dir: dir, Prefix: prefix, Index: true, Precompressed: true})
		for name, handler := range map[string]http.Handler{
			"gin": staticEngine(static),
			"net/http": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !static.Serve(w, r, r.URL.EscapedPath()) {
					http.NotFound(w, r)
				}
			}),
			"raw": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // as a router that never decodes
				path, _, _ := strings.Cut(r.RequestURI, "?")
				if !static.Serve(w, r, path) {
					http.NotFound(w, r)
				}
			}),
		} {
			t.Run(prefix+" "+name, func(t *testing.T) {
				t.Parallel()
				server := httptest.NewServer(handler)
				defer server.Close()
				client := rawClient{t: t, addr: server.Listener.Addr().String()}
				defer client.close()
				count := 0
				for _, tail := range traversals() {
					status, body := client.get(prefix + "/" + tail)
					if !harmless(status, body) {
						t.Errorf("%q: %d %.60q", tail, status, body)
					}
					count++
				}
				for _, target := range []string{
					"http://h/../canary.txt", "http://h" + prefix + "/..%2fcanary.txt", "http://h" + prefix + "/../../etc/passwd",
					"/../canary.txt", "//canary.txt", "/..", prefix + "/..", prefix + "..", prefix + "../canary.txt", "/..;" + prefix + "/canary.txt",
				} {
					if status, body := client.get(target); !harmless(status, body) {
						t.Errorf("%q: %d %.60q", target, status, body)
					}
					count++
				}
				if count < 60 {
					t.Errorf("only %d", count)
				}
				for _, fine := range []string{"/ok.txt", "/fine.txt", "/sub/", "/%6fk.txt"} {
					if status, body := client.get(prefix + fine); status != 200 || body != "fine" {
						t.Errorf("%s: %d %q", fine, status, body)
					}
				}
			})
		}
	}
}

// rawClient speaks HTTP/1.1 without looking at what it sends.
type rawClient struct {
	t    *testing.T
	addr string
	conn net.Conn
	r    *bufio.Reader
}

func (c *rawClient) close() {
	if c.conn != nil {
		c.conn.Close()
	}
}

func (c *rawClient) get(target string) (int, string) {
	c.t.Helper()
	if c.conn == nil {
		conn, err := net.Dial("tcp", c.addr)
		if err != nil {
			c.t.Fatal(err)
		}
		c.conn, c.r = conn, bufio.NewReader(conn)
	}
	fmt.Fprintf(c.conn, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", target)
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		c.t.Fatalf("%q: %v", target, err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatalf("%q: %v", target, err)
	}
	if resp.Close {
		c.conn.Close()
		c.conn = nil
	}
	return resp.StatusCode, string(body)
}

// FuzzStaticPath looks for a path that shows a hidden file, sends somewhere
// else or fails.
func FuzzStaticPath(f *testing.F) {
	for i, tail := range traversals() { // all of them are in the test above
		if i%20 == 0 {
			f.Add("/" + tail)
			f.Add("/app/" + tail)
		}
	}
	f.Add("/app/")
	f.Add("/sub")
	dir := guarded(f)
	site := newStatic(f, middleware.StaticConfig{Dir: dir, Index: true, Precompressed: true})
	below := newStatic(f, middleware.StaticConfig{Dir: dir, Prefix: "/app", Index: true})
	gin.SetMode(gin.TestMode)
	f.Fuzz(func(t *testing.T, path string) {
		for _, static := range []*middleware.Static{site, below} {
			w := httptest.NewRecorder()
			served := static.Serve(w, httptest.NewRequest("GET", "/", nil), path)
			location := w.Header().Get("Location")
			switch {
			case !served && (len(w.Header()) > 0 || w.Body.Len() > 0):
				t.Errorf("not served, but %v", w.Header())
			case !served:
			case w.Code == 200 && w.Body.String() == "fine":
			case w.Code == 308 && (location == "/app/" || strings.HasSuffix(location, "/sub/")) && !strings.HasPrefix(location, "//"):
			default:
				t.Errorf("%d %v %q", w.Code, w.Header(), w.Body)
			}
		}
	})
}
