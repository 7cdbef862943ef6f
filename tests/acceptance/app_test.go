package main

import (
	"encoding/base64"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files and the floor anew")

// filesAndText is a form of three files, two of them in one field, and a text.
var filesAndText = strings.ReplaceAll(`--x
Content-Disposition: form-data; name="scan"; filename="a.png"
Content-Type: image/png

ab
--x
Content-Disposition: form-data; name="more files"; filename="b"

c
--x
Content-Disposition: form-data; name="more files"; filename="c"


--x
Content-Disposition: form-data; name="caption"

c
--x--
`, "\n", "\r\n")

// TestApps compares whole generated apps with goldens, one for each style.
func TestApps(t *testing.T) {
	t.Parallel()
	form := base64.StdEncoding.EncodeToString([]byte(filesAndText))
	for name, line := range map[string]string{
		"echo": `{"category":"x","proto":"http","app":{"config":{"max_body_size":64},"route":{"method":"POST","path":"/a/{id}",
			"params":{"id":{"in":"path","name":"id","required":true,"schema":{"type":"string","format":"uuid"}},
			"limit":{"in":"query","name":"limit","schema":{"type":"integer","default":10}}},
			"body_schema":{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}}},"sleep_ms":20},
			"steps":[{"request":{"method":"POST","target":"/a/1","headers":{}},"expect":{"status":200,
			"headers":{"X-Old":"true","vary":"Origin"},"cookies":{"s":{"value":"v","httponly":true}}}}],"grade":{"use":"gate","check":["headers"]}}`,
		"form": `{"category":"x","proto":"http","app":{"route":{"method":"POST","path":"/up","params":{},
			"body_schema":{"type":"object","properties":{"f":{"type":"string","format":"binary"}}}}},
			"steps":[{"request":{"method":"POST","target":"/up","headers":{"content-type":"multipart/form-data; boundary=x"}},
			"expect":{"status":200}}],"grade":{"use":"gate","check":[]}}`,
		"upload": `{"category":"upload","proto":"http","app":{"route":{"method":"POST","path":"/up","params":{},
			"files":{"scan":{"required":true,"content_type":["image/png"]}}}},
			"steps":[{"request":{"method":"POST","target":"/up","headers":{"Content-Type":"multipart/form-data; boundary=x"},
			"body_b64":"` + form + `"},"expect":{"status":201}}],"grade":{"use":"feature","check":["status"]}}`,
		"uploads": `{"category":"upload","proto":"http","app":{"route":{"method":"POST","path":"/up","params":{}}},
			"steps":[{"request":{"method":"POST","target":"/up","headers":{"Content-Type":"multipart/form-data; boundary=x"},
			"body_b64":"` + form + `"},"expect":{"status":200,"body":{"total_size":3,"scan":{"filename":"a.png","size":2},"caption":"c","message":"thanks"}}},
			{"request":{"method":"POST","target":"/up","headers":{}},"expect":{"status":422}},
			{"request":{"method":"POST","target":"/up","headers":{"Content-Type":"multipart/form-data; boundary=x"},
			"body_b64":"` + form + `"},"expect":{"status":200}}],"grade":{"use":"feature","check":["body"]}}`,
		"compressed": `{"category":"x","proto":"http","app":{"config":{"compression":{"gzip":true,"min_size":10}},"route":{"method":"GET","path":"/c","params":{}}},
			"steps":[{"request":{"method":"GET","target":"/c","headers":{"Accept-Encoding":"gzip"}},
			"expect":{"status":200,"headers":{"content-encoding":"gzip"},"body":{"data":"aaaaaaaaaaaa"}}}],"grade":{"use":"gate","check":["headers"]}}`,
		"answering": `{"category":"rate_limit","proto":"http","app":{"config":{"rate_limit":{"per_second":1,"burst":2}},"route":{"method":"POST","path":"/a/{id}",
			"params":{"id":{"in":"path","name":"id","required":true,"schema":{"type":"integer"}}},
			"body_schema":{"type":"object","properties":{"n":{"type":"integer"}}}}},
			"steps":[{"request":{"method":"POST","target":"/a/1","headers":{"x-forwarded-for":"192.0.2.1"}},"expect":{"status":201,"body":{"ok":true},
			"headers":{"X-Kept":"yes","X-RateLimit-Limit":"2"},"echo":{"params":{"id":1}}}},
			{"request":{"method":"POST","target":"/a/2","headers":{}},"expect":{"status":200,"body":"done","headers":{"content-type":"text/plain"}}},
			{"request":{"method":"POST","target":"/a/3","headers":{}},"expect":{"status":429}}],"grade":{"use":"feature","check":["echo","body"]}}`,
		"static": `{"category":"static_files","proto":"http","app":{"config":{"static_files":[{"route_prefix":"/s","directory":"/srv/s","cache_control":"no-store","files":[]}]},
			"route":{"method":"GET","path":"/s/x","params":{}}},
			"steps":[{"request":{"method":"GET","target":"/s/x","headers":{}},"expect":{"status":200}}],"grade":{"use":"feature","check":["body"]}}`,
		"hooks": `{"category":"x","proto":"http","app":{"config":{"lifecycle_hooks":{
			"on_request":[{"name":"tag","handler":"add_request_id"},{"name":"one","handler":"append_first"}],
			"pre_validation":[{"handler":"check_rate_limit","config":{"max_requests":3}}],
			"pre_handler":[{"name":"gatekeeper","handler":"validate_auth_token"},{"handler":"check_admin_role"},{"name":"two","handler":"append_second"}],
			"on_error":[{"handler":"log_error"},{"handler":"format_error_response"}],
			"on_response":[{"handler":"add_response_time"},{"handler":"add_security_headers"}]}},
			"route":{"method":"POST","path":"/h","params":{},"body_schema":{"type":"object","properties":{"n":{"type":"integer"}}}}},
			"steps":[{"request":{"method":"POST","target":"/h","headers":{},"body_b64":"eyJuIjo3fQ=="},"expect":{"status":200,
			"headers":{"X-Request-ID":".*","X-Order":"one,two","X-Frame-Options":"SAMEORIGIN"},
			"body":{"message":"done","user":{"id":"admin-456","name":"Ada"},"order":["one","two"],"authenticated":true,"rate_checked":true,"n":7,"request_id":".*"}}},
			{"request":{"method":"POST","target":"/h","headers":{}},"expect":{"status":500,"body":{"error":"broken","request_id":".*"}}},
			{"request":{"method":"POST","target":"/h","headers":{}},"expect":{"status":401,"body":{"error":"who?"}}}],"grade":{"use":"feature","check":["body","headers"]}}`,
		"hooks_levels": `{"category":"x","proto":"http","app":{"config":{"lifecycle_hooks":{
			"on_request":[{"handler":"append_third","level":"route"},{"handler":"append_second","level":"router"},{"handler":"append_first"}],
			"on_response":[{"handler":"log_request","level":"route"},{"handler":"log_request"}]}},
			"route":{"method":"GET","path":"/h","params":{}}},
			"steps":[{"request":{"method":"GET","target":"/h","headers":{}},"expect":{"status":200,"body":{"order":"first > second > third"}}}],"grade":{"use":"feature","check":["body"]}}`,
		"reply": `{"category":"x","proto":"http","app":{"config":{"background_tasks":{"n":1}},"route":{"method":"OPTIONS","path":"/r","params":{}}},
			"steps":[{"request":{"method":"OPTIONS","target":"/r","headers":{}},"expect":{"status":201,
			"headers":{"content-type":"text/html","X-A":"<<present>>","X-B":".*ms","X-C":"<<absent>>"},"body":"<p>",
			"cookies":{"s":{"value":"v","max_age":3}}}}],"grade":{"use":"reply","check":[]}}`,
		"replies": `{"category":"x","proto":"http","app":{"route":{"method":"GET","path":"/r","params":{}}},
			"steps":[{"request":{"method":"GET","target":"/r","headers":{}},"expect":{"status":200,"body":{"id":"<<uuid>>"}}},
			{"request":{"method":"GET","target":"/r","headers":{}},"expect":{"status":204}}],"grade":{"use":"reply","check":[]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := decodeCase([]byte(line))
			if err != nil {
				t.Fatal(err)
			}
			s, err := styleOf(c)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.app(c)
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, filepath.Join("testdata", name+".py.golden"), got)
		})
	}
}

func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the app differs from %s:\n%s", path, got)
	}
}
