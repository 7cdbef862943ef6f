package main

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
)

// TestUploadAnswers plays a case with files against servers that answer right
// and wrong.
func TestUploadAnswers(t *testing.T) {
	t.Parallel()
	form := base64.StdEncoding.EncodeToString([]byte(filesAndText))
	uploadCase := func(check, expect string) string {
		return `{"id":"u","category":"upload","proto":"http","app":{"route":{"method":"POST","path":"/","params":{}}},
			"steps":[{"request":{"method":"POST","target":"/","headers":{"Content-Type":"multipart/form-data; boundary=x"},
			"body_b64":"` + form + `"},"expect":` + expect + `}],"grade":{"use":"feature","check":["` + check + `"]}}`
	}
	told := uploadCase("body", `{"status":201,"body":{"count":3}}`)
	silent := uploadCase("status", `{"status":201}`)
	refused := uploadCase("status", `{"status":422,"errors_subset":[{"type":"missing","loc":["files","scan"]}]}`)
	for name, tt := range map[string]struct {
		line, reached string
		status        int
		body, want    string
	}{
		"told":             {told, "hit", 201, `{"count":3}`, ""},
		"told wrong":       {told, "hit", 201, `{"count":2}`, "body.count is 2, want 3"},
		"another status":   {told, "hit", 200, `{"count":3}`, "status 200, want 201"},
		"not reached":      {told, "", 201, `{"count":3}`, "handler reached: false"},
		"all files":        {silent, "hit", 201, `[["b",1,"63"],["c",0,""],["a.png",2,"6162"]]`, ""},
		"a file short":     {silent, "hit", 201, `[["b",1,"63"],["a.png",2,"6162"]]`, "want"},
		"other content":    {silent, "hit", 201, `[["b",1,"64"],["c",0,""],["a.png",2,"6162"]]`, "want"},
		"refused":          {refused, "", 422, `{"errors":[{"type":"missing","loc":["files","scan"]}]}`, ""},
		"refused by app":   {refused, "hit", 422, `{"errors":[{"type":"missing","loc":["files","scan"]}]}`, "handler reached: true"},
		"refused as other": {refused, "", 422, `{"errors":[{"type":"missing","loc":["body","scan"]}]}`, "no entry"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := decodeCase([]byte(tt.line))
			if err != nil {
				t.Fatal(err)
			}
			err = play(c, served(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set(reachedHeader, tt.reached)
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			})))
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}

// TestAnswerOf checks that no answer is made up.
func TestAnswerOf(t *testing.T) {
	t.Parallel()
	fields := []formField{{name: "a b", python: "field_0", file: true}, {name: "who", python: "who"}}
	parts := []part{{name: "a b", file: true, filename: "x"}, {name: "who", content: []byte("ann")}}
	for name, tt := range map[string]struct{ want, text string }{
		"of the first file": {`{"size":1}`, `{"size": uploads[0].size}`},
		"of all files":      {`{"count":1,"filenames":["x"]}`, `{"count": len(uploads), "filenames": [f.filename for f in uploads]}`},
		"a field":           {`{"who":"ann"}`, `{"who": who}`},
		"a field by value":  {`{"by":"ann"}`, `{"by": who}`},
		"a file by name":    {`{"a b":{"size":1,"kept":true}}`, `{"a b": {"kept": True, "size": field_0.size}}`},
		"its own words":     {`{"size":1,"said":"thanks"}`, `{"said": "thanks", "size": uploads[0].size}`},
		"a list of files":   {`{"stored":[{"filename":"x"}]}`, `{"stored": [{"filename": f.filename} for f in uploads]}`},
		"only its own":      {`{"said":"thanks"}`, ""},
		"no object":         {`[1]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := answerOf(decoded(t, tt.want), parts, fields)
			if got != tt.text || (err != nil) != (tt.text == "") {
				t.Errorf("got %s (%v), want %s", got, err, tt.text)
			}
		})
	}
}
