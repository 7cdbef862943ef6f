package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDecodeCases(t *testing.T) {
	t.Parallel()
	const good = `{"id":"a","proto":"http","app":{},"steps":[{"request":{"method":"GET","target":"/","body_b64":"aGk="},"expect":{"status":200}}],"grade":{"use":"gate"}}`
	for name, tt := range map[string]struct {
		text, want string
		n          int
	}{
		"two and blank lines": {good + "\n\n" + good, "", 2},
		"empty":               {"", "", 0},
		"no JSON":             {good + "\n{", "f:2: ", 0},
		"unknown use":         {strings.Replace(good, "gate", "game", 1), `f:1: grade.use is "game"`, 0},
		"no steps":            {`{"id":"a","proto":"http","grade":{"use":"gate"}}`, "f:1: case a has no steps", 0},
		"another protocol":    {`{"id":"a","proto":"graphql","raw":{},"grade":{"use":"feature","check":[]}}`, "", 1},
		"bad base64":          {strings.Replace(good, "aGk=", "?", 1), "f:1: ", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cases, err := decodeCases("f", strings.NewReader(tt.text))
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("error %v, want %q in it", err, tt.want)
				}
				return
			}
			if err != nil || len(cases) != tt.n || cases == nil {
				t.Errorf("%d cases, %v, want %d", len(cases), err, tt.n)
			}
		})
	}
}

// FuzzDecodeCase checks that whatever decodes can be written as an app.
func FuzzDecodeCase(f *testing.F) {
	own, err := os.ReadFile(filepath.Join("testdata", "own.jsonl"))
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(own)) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c, err := decodeCase([]byte(line))
		if err != nil {
			return
		}
		waived(c)
		s, err := styleOf(c)
		if err != nil {
			return
		}
		if app, err := s.app(c); err == nil && !strings.Contains(app, "def handler(") && c.App.Config[staticSetting] == nil {
			t.Errorf("no handler in %s", app)
		}
	})
}

func TestGivenCases(t *testing.T) {
	root := filepath.Join(t.TempDir(), "module")
	shared := filepath.Join(root, "..", "shared", "acceptance")
	if err := os.MkdirAll(shared, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(path string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv(casesVariable, "")
	if got, err := givenCases("", root); got != "" || err != nil {
		t.Errorf("without a file: %q, %v", got, err)
	}
	write(filepath.Join(shared, "cases.jsonl"))
	if got, err := givenCases("", root); filepath.Base(got) != "cases.jsonl" || err != nil {
		t.Errorf("default: %q, %v", got, err)
	}
	write(filepath.Join(root, "by-variable.jsonl"))
	t.Setenv(casesVariable, "by-variable.jsonl")
	if got, err := givenCases("", root); filepath.Base(got) != "by-variable.jsonl" || err != nil {
		t.Errorf("variable: %q, %v", got, err)
	}
	write(filepath.Join(root, "by-flag.jsonl"))
	if got, err := givenCases(filepath.Join(root, "by-flag.jsonl"), root); filepath.Base(got) != "by-flag.jsonl" || err != nil {
		t.Errorf("flag: %q, %v", got, err)
	}
	if _, err := givenCases("nowhere.jsonl", root); err == nil || !strings.Contains(err.Error(), "-cases") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func workingDirectory(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestModuleRoot(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	deep := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := moduleRoot(deep); err == nil {
		t.Errorf("outside a module: %q", got)
	}
	if err := os.WriteFile(filepath.Join(root, "go.mod"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := moduleRoot(deep); got != root || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestWaivers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		use, body string
		want      bool
	}{
		"OpenAPI 3.0":      {"feature", `{"openapi":"3.0.0"}`, true},
		"OpenAPI 3.1":      {"feature", `{"openapi":"3.1.0"}`, false},
		"3.0 of a handler": {"reply", `{"openapi":"3.0.0"}`, false},
		"neither":          {"gate", `"text"`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &Case{Grade: Grade{Use: Use(tt.use)}, Steps: []Step{{Expect: Expect{Body: decoded(t, tt.body)}}}}
			if got := waived(c) != ""; got != tt.want {
				t.Errorf("waived %v, want %v", got, tt.want)
			}
		})
	}
}

func TestWaivedEcho(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	schema := map[string]any{"required": []any{"a", "b"}}
	for name, tt := range map[string]struct {
		contentType, body, echo string
		want                    bool
	}{
		"required and dropped":    {form, "a=1&b=2", `{"a":"1"}`, true},
		"of JSON":                 {"application/json", `{"a":1,"b":2}`, `{"b":2}`, true},
		"all there":               {form, "a=1&b=2", `{"a":"1","b":"2"}`, false},
		"not sent":                {form, "a=1", `{"a":"1"}`, false},
		"not required":            {form, "a=1&b=2&c=3", `{"a":"1","b":"2"}`, false},
		"no object in the answer": {form, "a=1&b=2", `null`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &Case{App: App{Route: Route{BodySchema: schema}}, Grade: Grade{Use: UseGate, Check: []string{"echo"}}, Steps: []Step{{
				Request: Request{Headers: map[string]string{"Content-Type": tt.contentType}, Body: []byte(tt.body)},
				Expect:  Expect{Status: 200, Echo: map[string]any{"body": decoded(t, tt.echo)}},
			}}}
			if got := waived(c) != ""; got != tt.want {
				t.Errorf("waived %v, want %v", got, tt.want)
			}
		})
	}
}
