package main

import (
	"net/http"
	"strings"
	"testing"
)

func TestReaches(t *testing.T) {
	t.Parallel()
	asked := map[string]string{"origin": "https://a.example", "access-control-request-method": "PUT"}
	for name, tt := range map[string]struct {
		config, method, target string
		headers                map[string]string
		status                 int
		want                   bool
	}{
		"plain":              {`{}`, "GET", "/x", nil, 200, true},
		"refused":            {`{}`, "GET", "/x", nil, 429, false},
		"preflight":          {`{"cors":{"allow_origins":["*"]}}`, "OPTIONS", "/x", asked, 204, false},
		"without CORS":       {`{}`, "OPTIONS", "/x", asked, 204, true},
		"with CORS off":      {`{"cors":{"enabled":false,"allow_origins":["*"]}}`, "OPTIONS", "/x", asked, 204, true},
		"no preflight":       {`{"cors":{"allow_origins":["*"]}}`, "OPTIONS", "/x", nil, 204, true},
		"file":               {`{"static_files":[{"route_prefix":"/s"}]}`, "GET", "/s/a?b", nil, 200, false},
		"beside the files":   {`{"static_files":[{"route_prefix":"/s"}]}`, "GET", "/x?/s/a", nil, 200, true},
		"of another's page":  {`{"cors":{"allow_origins":["*"]}}`, "GET", "/x", asked, 200, true},
		"redirected request": {`{}`, "GET", "/x", nil, 302, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &Case{App: App{Config: decoded(t, tt.config).(map[string]any)}}
			s := Step{Request{Method: tt.method, Target: tt.target, Headers: tt.headers}, Expect{Status: tt.status}}
			if got := reaches(c, s); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

// wireAnswer is what a server in a test answers with.
type wireAnswer struct {
	status int
	header map[string]string
	body   string
}

func (a wireAnswer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(a.body))
}

// checkPlayed plays a case against the answer, and wants the text in its error.
func checkPlayed(t *testing.T, line string, a wireAnswer, want string) {
	t.Helper()
	c, err := decodeCase([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	err = play(c, served(a))
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("error %v, want %q in it", err, want)
	}
}

// TestAnsweringCheck plays a case against servers that answer right and wrong.
func TestAnsweringCheck(t *testing.T) {
	t.Parallel()
	answered := `{"category":"cors","proto":"http","app":{"route":{"method":"GET","path":"/","params":{}}},"steps":[{"request":{"method":"GET","target":"/"},
		"expect":{"status":200,"body":{"a":1},"headers":{"X-A":"1"},"echo":{"params":{"n":3}}}}],"grade":{"use":"feature","check":["body","echo","headers"]}}`
	limited := strings.Replace(answered, `"status":200`, `"status":429`, 1)
	header := func(more ...string) map[string]string {
		h := map[string]string{"X-Handler": "hit", "X-Told": `{"params":{"n":3},"body":null}`, "X-A": "1", "Content-Type": "application/json"}
		for i := 0; i < len(more); i += 2 {
			h[more[i]] = more[i+1]
		}
		return h
	}
	for name, tt := range map[string]struct {
		line string
		got  wireAnswer
		want string
	}{
		"right":           {answered, wireAnswer{200, header(), `{"a":1}`}, ""},
		"another status":  {answered, wireAnswer{201, header(), `{"a":1}`}, "status 201, want 200"},
		"not reached":     {answered, wireAnswer{200, header("X-Handler", ""), `{"a":1}`}, "handler reached: false"},
		"another body":    {answered, wireAnswer{200, header(), `{"a":2}`}, "body.a is 2"},
		"another header":  {answered, wireAnswer{200, header("X-A", "2"), `{"a":1}`}, "header X-A"},
		"given otherwise": {answered, wireAnswer{200, header("X-Told", `{"params":{"n":"3"}}`), `{"a":1}`}, `params.n is "3"`},
		"told badly":      {answered, wireAnswer{200, header("X-Told", `{`), `{"a":1}`}, "header X-Told"},
		"labelled alone":  {answered, wireAnswer{200, header("Content-Encoding", "gzip"), `{"a":1}`}, "content-encoding gzip"},
		"refused":         {limited, wireAnswer{429, header("X-Handler", ""), `{"a":1}`}, ""},
		"refused by app":  {limited, wireAnswer{429, header(), `{"a":1}`}, "handler reached: true"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkPlayed(t, tt.line, tt.got, tt.want)
		})
	}
}
