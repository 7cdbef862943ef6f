package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func rawCase(t *testing.T, raw string) *Case {
	t.Helper()
	c, err := decodeCase([]byte(`{"id":"r","category":"websocket","proto":"websocket","app":{"di":{"dependencies":{
		"db_session":{"type":"factory","factory":"create_db_session_with_cleanup"}},"handler_dependencies":["db_session"]}},
		"raw":` + raw + `,"grade":{"use":"feature","check":[]}}`))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	echoed1    = `{"direction":"send","payload":1},{"direction":"receive","payload":1}`
	scripted1  = `{"direction":"receive","payload":{"hello":"ü"}},{"direction":"send","raw_text":"{"},{"direction":"receive","payload":{"type":"error","message":"Invalid JSON"}},{"direction":"send","payload":7},{"direction":"send","frame_type":"binary","payload_base64":"AQ=="},{"direction":"receive","frame_type":"binary","payload_base64":"/w=="},{"direction":"receive","frame_type":"close","close_code":4001,"close_reason":"enough"}`
	subscribes = `"message_schema":{"type":"object","required":["channel"]}`
)

// TestSessionApps compares whole generated apps with goldens, in each variant.
func TestSessionApps(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		raw      string
		variants []string
	}{
		"session_echo": {`{"handler":{"route":"/ws","behavior":"echo","subprotocols":["v1"]},"session":{"messages":[` + echoed1 + `]}}`, []string{"", "_socket"}},
		"session_binary": {
			`{"handler":{"route":"/ws","behavior":"binary_echo"},"session":{"messages":[]}}`,
			[]string{"", "_socket"},
		},
		"session_schema": {`{"handler":{"route":"/ws","behavior":"subscribe_ack",` + subscribes + `}}`, []string{""}},
		"session_script": {`{"handler":{"route":"/ws","behavior":"greets"},"session":{"messages":[` + scripted1 + `]}}`, []string{""}},
		"messages":       {`{"schema":{"type":"object"},"examples":[{"a":1}]}`, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ways := variants(rawCase(t, tt.raw))
			if len(ways) != len(tt.variants) {
				t.Fatalf("%d variants, want %d", len(ways), len(tt.variants))
			}
			for i, suffix := range tt.variants {
				p, ok := playerOf(ways[i])
				if !ok {
					t.Fatal("nothing plays it")
				}
				got, err := p.app(ways[i])
				if err != nil {
					t.Fatal(err)
				}
				compareGolden(t, filepath.Join("testdata", name+suffix+".py.golden"), got)
			}
		})
	}
}

func TestTakesSocket(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		raw  string
		want bool
	}{
		"an echo":           {`{"handler":{"route":"/","behavior":"echo"},"session":{"messages":[` + echoed1 + `]}}`, true},
		"no JSON":           {`{"handler":{"route":"/","behavior":"echo"},"session":{"messages":[{"direction":"send","raw_text":"{"}]}}`, false},
		"a schema":          {`{"handler":{"route":"/","behavior":"echo",` + subscribes + `}}`, false},
		"by its script":     {`{"handler":{"route":"/","behavior":"other"}}`, false},
		"a schema's alone":  {`{"schema":{},"examples":[1]}`, false},
		"bytes are no JSON": {`{"handler":{"route":"/","behavior":"echo"},"session":{"messages":[{"direction":"send","frame_type":"binary","payload_base64":"ew=="}]}}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := rawCase(t, tt.raw).Raw.takesSocket(); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

func TestCloseCodes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		session string
		want    int
	}{
		"said":             {`{"close_code":4000}`, 4000},
		"not said":         {`{}`, normalCode},
		"the frame's":      {`{"messages":[{"frame_type":"close","close_code":1001}],"close_code":1000}`, 1001},
		"a frame without":  {`{"messages":[{"frame_type":"close"}]}`, noCode},
		"dropped":          {`{"abnormal_close":true}`, droppedCode},
		"dropped, by code": {`{"close_code":1006}`, droppedCode},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := rawCase(t, `{"session":`+tt.session+`}`).Raw.Session.code(); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestPayloads(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ message, want string }{
		"JSON":           {`{"payload":{"a":[null]}}`, `{"a":[null]}`},
		"null":           {`{"payload":null}`, `null`},
		"text":           {`{"raw_text":"{","payload":null,"repeat":2}`, `{{`},
		"bytes":          {`{"frame_type":"binary","payload_base64":"AP8=","repeat":2}`, "\x00\xff\x00\xff"},
		"ping":           {`{"frame_type":"ping"}`, ""},
		"ping with null": {`{"frame_type":"ping","payload":null}`, ""},
		"ping with text": {`{"frame_type":"ping","payload":"beat"}`, "beat"},
		"close":          {`{"frame_type":"close","close_code":1000,"close_reason":"ü"}`, "\x03\xe8ü"},
		"bare close":     {`{"frame_type":"close"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := rawCase(t, `{"session":{"messages":[`+tt.message+`]}}`)
			got, err := c.Raw.Session.Messages[0].payload()
			if err != nil || string(got) != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

// TestRawOfAnotherShape fails by itself, without an end of the run.
func TestRawOfAnotherShape(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`{"session":[1]}`:     "neither a session nor a schema of messages",
		`{}`:                  "the case has neither a session nor a schema with examples",
		`{"schema":{"a":[]}}`: "the case has neither a session nor a schema with examples",
	} {
		err := play(rawCase(t, raw), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q in it", raw, err, want)
		}
	}
}

func TestContradicts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		raw  string
		want bool
	}{
		"fits":          {`{"schema":{"enum":["a"]},"examples":["a"]}`, false},
		"second is not": {`{"schema":{"enum":["a"]},"examples":["a","b"]}`, true},
		"not a date":    {`{"schema":{"type":"string","format":"date-time"},"examples":["yesterday"]}`, true},
		"huge numbers":  {`{"schema":{"maximum":1e999},"examples":[1e998]}`, false},
		"no schema":     {`{"schema":{"type":7},"examples":[1]}`, false},
		"a session":     {`{"handler":{"route":"/"}}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := contradicts(rawCase(t, tt.raw)); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}
