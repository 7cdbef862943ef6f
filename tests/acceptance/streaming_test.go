package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// TestStreamApps compares whole generated apps with goldens, in each variant.
func TestStreamApps(t *testing.T) {
	t.Parallel()
	const di = `"di":{"dependencies":{"db_session":{"type":"async_factory","factory":"create_db_session_with_cleanup"}},
		"handler_dependencies":["db_session"]},"background":{"state_path":"/log","state_key":"events","value_field":"id"}`
	for name, line := range map[string]string{
		"stream": `{"category":"streaming","proto":"http","app":{` + di + `,"route":{"method":"GET","path":"/s/{id}",
			"params":{"id":{"in":"path","name":"id","required":true,"schema":{"type":"integer"}}}},
			"stream":{"content_type":"text/csv","chunks":[{"type":"text","value":"a\\n"},{"type":"bytes","base64":"AP8=","repeat":3},{"type":"json","value":[1]}]}},
			"steps":[{"request":{"method":"GET","target":"/s/1"},"expect":{"status":203,"headers":{"X-Kept":"yes","content-type":"text/csv"}}}],"grade":{"use":"feature"}}`,
		"sse": `{"category":"sse","proto":"http","app":{` + di + `,"route":{"method":"GET","path":"/e"},
			"stream":{"events":[{"data":{"a":1},"id":"1"},{"data":"b"},{"data":[2],"event":"c","retry":0}]}},
			"steps":[{"request":{"method":"GET","target":"/e"},"expect":{"status":200}}],"grade":{"use":"feature"}}`,
		"sse_sample": `{"category":"sse","proto":"http","app":{"route":{"method":"GET","path":"/e"}},
			"steps":[{"request":{"method":"GET","target":"/e"},"expect":{"status":200}}],"grade":{"use":"feature"}}`,
		"background": `{"category":"background","proto":"http","app":{` + di + `,"route":{"method":"POST","path":"/j","body_schema":{"type":"object"}}},
			"steps":[{"request":{"method":"POST","target":"/j"},"expect":{"status":202}}],"grade":{"use":"feature"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := decodeCase([]byte(line))
			if err != nil {
				t.Fatal(err)
			}
			ways := variants(c)
			if len(ways) != 2 {
				t.Fatalf("%d variants, want 2", len(ways))
			}
			for i, suffix := range []string{"", "_blocking"} {
				s, err := styleOf(ways[i])
				if err != nil {
					t.Fatal(err)
				}
				got, err := s.app(ways[i])
				if err != nil {
					t.Fatal(err)
				}
				compareGolden(t, filepath.Join("testdata", name+suffix+".py.golden"), got)
			}
		})
	}
}

func TestUnescaped(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, want string }{
		"line end":          {`a\nb`, "a\nb"},
		"others":            {`\t\r\"\\\/`, "\t\r\"\\/"},
		"a control":         {`\u0000\u001f`, "\x00\x1f"},
		"beyond BMP":        {`\ud83d\ude00\uD83D\uDE00`, "😀😀"},
		"half a pair":       {`\ud83dx`, "\ufffdx"},
		"escaped backslash": {`\\n`, `\n`},
		"none":              {`\x41 \u12 \`, `\x41 \u12 \`},
		"plain":             {"ü\n", "ü\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := unescaped(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestCheckStream has answers that are not as the case wants.
func TestCheckStream(t *testing.T) {
	t.Parallel()
	c := &Case{
		App:   App{Stream: Stream{Chunks: []Chunk{{Type: "text", Value: `a\n`}, {Type: "bytes", Base64: "/w==", Repeat: 2}}}},
		Steps: []Step{{Expect: Expect{Status: 200, Body: `a\n\ufffd`}}}, Grade: Grade{Check: []string{"body"}},
	}
	hit := http.Header{reachedHeader: {reachedValue}}
	for name, tt := range map[string]struct {
		got  answer
		want string
	}{
		"right":           {answer{status: 200, header: hit, body: []byte("a\n\xff\xff")}, ""},
		"a part less":     {answer{status: 200, header: hit, body: []byte("a\n\xff")}, "the parts are 3 bytes"},
		"another status":  {answer{status: 206, header: hit, body: []byte("a\n\xff\xff")}, "status 206"},
		"not the handler": {answer{status: 200, header: http.Header{}, body: []byte("a\n\xff\xff")}, "handler reached: false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := streaming{}.check(c, 0, &tt.got)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}
