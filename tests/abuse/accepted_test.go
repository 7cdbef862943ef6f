package abuse

import (
	"fmt"
	"strings"
	"testing"
)

// acceptsLikeJSONLoads sends what is odd but right: the handler compares what
// it was given with what json.loads makes of the same bytes.
func acceptsLikeJSONLoads(t *testing.T, address string) {
	t.Helper()
	long := strings.Repeat("a", 512)
	for _, tt := range []struct{ name, text string }{
		{"a text of 10 MB", `"` + strings.Repeat("a", 10_000_000) + `"`},
		{"a text of 10 MB that is not ASCII", `"` + strings.Repeat("é", 5_000_000) + `"`},
		{"escapes", `"` + strings.Repeat(`\u00e9\ud83d\ude00\n`, scaled(10_000)) + `"`},
		{"duplicate names", `{"a":1,"b":2,"a":{"c":[1]},"a":3}`},
		{"10^5 times one name", members(100_000, `"a":%d`)},
		{"NUL", `{"\u0000":"a\u0000b","c":"\u0000"}`},
		{"10^5 names", members(100_000, `"k%d":0`)},
		{"names with one beginning", members(scaled(1000), `"`+long+`%d":0`)},
		{"names of numbers", members(100_000, `"%d":0`)},
		{"empty names", `{"":{"":""}}`},
		{"500 brackets", nested(500, "[", "", "]")},
		{"500 objects", nested(500, `{"a":`, "1", "}")},
		{"4300 digits", strings.Repeat("7", 4300)},
		{"numbers of all kinds", `[0,-0,-0.0,1e5,1E-5,1.5e300,5e-324,123456789012345678901234567890,0.1,9007199254740993,1e22,1e23]`},
		{"10^5 numbers", "[" + numbered(100_000, "%d.5") + "]"},
		{"10^5 empty lists", "[" + strings.Repeat("[],", 99_999) + "[]]"},
		{"a byte order mark of text", `"` + "\ufeff" + `a"`},
		{"noncharacters", `"\uffff\ufdd0 ` + "\uffff" + `"`},
		{"the end of Unicode", `"` + "\U0010ffff" + `\udbff\udfff"`},
		{"line separators", `"` + "\u2028\u2029\x7f" + `"`},
		{"whitespace", strings.Repeat(" \t\r\n", 10_000) + "1" + strings.Repeat("\n", 10_000)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := send(address, jsonTo("/same", tt.text))
			if err != nil || got.status != 200 || string(got.body) != `{"same":true}` {
				t.Fatalf("not what json.loads makes of it: %v %v", err, got)
			}
			// What it costs as a parameter, and then by json.loads.
			for _, target := range []string{"/any", "/loads"} {
				if got, err := measured(t, address, jsonTo(target, tt.text)); err != nil || got.status != 200 {
					t.Errorf("%s: %v %v", target, err, got)
				}
			}
			wellAfter(t, address)
		})
	}
}

// acceptsOddities sends forms and queries that are odd but right.
func acceptsOddities(t *testing.T, address string) {
	t.Helper()
	const kind = "multipart/form-data; boundary=x"
	content := "a\r\n--xy\r\n--\r\n-x\r\n --x\r\n"
	for _, tt := range []struct {
		name string
		m    message
		want string
	}{
		{
			"a line that begins like the boundary", post("/upload", kind, []byte(multipartBody("x", part("file", `; filename="a"`, content)))),
			fmt.Sprintf(`"size":%d`, len(content)),
		},
		{"boundary of 70", post("/upload", "multipart/form-data; boundary="+strings.Repeat("x", 70),
			[]byte(multipartBody(strings.Repeat("x", 70), part("file", `; filename="a"`, "abc")))), `"size":3`},
		{"quoted boundary", post("/upload", `multipart/form-data; boundary="a b:c"`,
			[]byte(multipartBody("a b:c", part("file", `; filename="a"`, "abc")))), `"size":3`},
		{"a preamble and an epilogue", post("/upload", kind,
			[]byte("preamble\r\n"+multipartBody("x", part("file", `; filename="a"`, "abc"))+"epilogue --x\r\n")), `"size":3`},
		{"a file of NULs", post("/upload", kind, []byte(multipartBody("x", part("file", `; filename="a"`, strings.Repeat("\x00", 2<<20))))), `"size":2097152`},
		{"a path as a filename", post("/upload", kind, []byte(multipartBody("x", part("file", `; filename="../../etc/passwd"`, "abc")))), `"filename":"passwd"`},
		{"an empty file", post("/upload", kind, []byte(multipartBody("x", part("file", `; filename="a"`, "")))), `"size":0`},
		{"an empty form", post("/form", "application/x-www-form-urlencoded", []byte("&&&")), `0`},
		{"brackets that don't pair up", post("/form", "application/x-www-form-urlencoded", []byte("a"+strings.Repeat("[", scaled(100_000))+"=1")), `1`},
		{"an index beyond 64 bits is a name", post("/form", "application/x-www-form-urlencoded", []byte("a[999999999999999999999]=1")), `1`},
		{"NUL in a field", post("/form", "application/x-www-form-urlencoded", []byte("a%00=b%00")), `1`},
		{"a tree within a union", jsonTo("/tree", nested(30, `{"next":`, `{"leaf":1}`, "}")), `"dict"`},
		{"turns of a union", jsonTo("/turns", nested(200, `{"mark":1,"next":`, `null`, "}")), `false`},
		{"10^5 unique numbers", jsonTo("/set", "["+numbered(100_000, "%d")+"]"), `100000`},
		{"10^4 unique objects", jsonTo("/set", "["+numbered(10_000, `{"a":[%d]}`)+"]"), `10000`},
		// RFC 9112, 6.3: the chunks count.
		{"a length and chunks", request("POST /form", []string{"Content-Type: application/x-www-form-urlencoded", "Content-Length: 5", "Transfer-Encoding: chunked"}, chunked([]byte("a=1&b=2"), 1)), `2`},
		{"chunks and a longer length", request("POST /form", []string{"Content-Type: application/x-www-form-urlencoded", "Transfer-Encoding: chunked", "Content-Length: 500"}, chunked([]byte("a=1&b=2"), 1)), `2`},
		{"a form in chunks", request("POST /form", []string{"Content-Type: application/x-www-form-urlencoded", "Transfer-Encoding: chunked"}, chunked([]byte("a=1&b=2"), 1)), `2`},
		{"a file in chunks", request("POST /upload", []string{"Content-Type: " + kind, "Transfer-Encoding: chunked"},
			chunked([]byte(multipartBody("x", part("file", `; filename="a"`, content))), 1)), fmt.Sprintf(`"size":%d`, len(content))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := measured(t, address, tt.m)
			if err != nil || got.status != 200 || !strings.Contains(string(got.body), tt.want) {
				t.Fatalf("want %s: %v %v", tt.want, err, got)
			}
			wellAfter(t, address)
		})
	}
}

// negotiates asks for a refusal in both media types.
func negotiates(t *testing.T, address string) {
	t.Helper()
	for accept, want := range map[string]string{
		"":                         "application/json",
		"*/*":                      "application/json",
		"application/problem+json": "application/problem+json",
		"text/html, application/problem+json;q=0.9": "application/problem+json",
		strings.Repeat("a/b,", 10_000) + "a/b":      "application/json",
		";;;,,, /":                                  "application/json",
	} {
		got, err := send(address, post("/items", jsonType, []byte(`{"price":1}`), "Accept: "+accept))
		if err != nil {
			t.Fatal(err)
		}
		if got.status != 422 || got.mediaType() != want || !strings.Contains(string(got.body), `"missing"`) {
			t.Errorf("Accept %.40q: status %d, %s, want 422, %s", accept, got.status, got.mediaType(), want)
		}
	}
	wellAfter(t, address)
}
