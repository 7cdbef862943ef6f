package spikard_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/spikard"
)

type picture struct {
	Title string         `form:"title" min_length:"2"`
	Tags  []string       `form:"tags,omitempty"`
	Photo spikard.File   `file:"photo"`
	More  []spikard.File `file:"more,omitempty"`
}

// TestGoHandlersTakeForms sends forms and raw bodies to handlers in Go.
func TestGoHandlersTakeForms(t *testing.T) {
	s := serve(t, hello(), spikard.Config{MaxFileMemory: 4, MaxFormFields: 2}, fx.Options(
		spikard.Post("/pictures", func(in picture) (string, error) {
			file, err := in.Photo.Open()
			if err != nil {
				return "", err
			}
			defer file.Close()
			content, err := io.ReadAll(file)
			return fmt.Sprint(in.Title, in.Tags, in.Photo.Filename, string(content), len(in.More)), err
		}),
		spikard.Post("/raw", func(in struct {
			Body []byte `body:"raw"`
		},
		) int {
			return len(in.Body)
		}),
		spikard.Post("/text", func(in struct {
			Body string `body:"text"`
		},
		) string {
			return in.Body
		}),
	))
	const multipart, urlencoded = "multipart/form-data; boundary=b", "application/x-www-form-urlencoded"
	part := func(head, content string) string {
		return "--b\r\nContent-Disposition: form-data; name=" + head + "\r\n\r\n" + content + "\r\n"
	}
	photo := part("photo; filename=\"../p.png\"", "12345678")
	for name, tt := range map[string]struct {
		path, contentType, send string
		status                  int
		body                    string
	}{
		"form":        {"/pictures", multipart, part("title", "Sea") + part("tags", "blue") + photo + "--b--", 200, `"Sea[blue]p.png123456780"`},
		"faults":      {"/pictures", multipart, part("title", "x") + part("photo", "x") + "--b--", 422, `"loc":["body","photo"]`},
		"no files":    {"/pictures", urlencoded, "title=Sea", 422, `"loc":["body","photo"]`},
		"too many":    {"/pictures", urlencoded, "a&b&c", 413, "MaxFormFields"},
		"cut off":     {"/pictures", multipart, photo, 400, "last boundary"},
		"no boundary": {"/pictures", "multipart/form-data", photo, 400, `{"error":"multipart/form-data requires 'boundary' parameter"}`},
		"json":        {"/pictures", "application/json", "{}", 415, ""},
		"raw":         {"/raw", "image/png", "\xff\x00", 200, "2"},
		"text":        {"/text", "text/plain; charset=iso-8859-1", "\xe9", 200, `"é"`},
		"not UTF-8":   {"/text", "text/plain", "\xe9", 400, "not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			got := s.do(t, "POST", tt.path, tt.send, "Content-Type", tt.contentType)
			if got.StatusCode != tt.status || !strings.Contains(got.text, tt.body) {
				t.Errorf("%d %s, want %d %s", got.StatusCode, got.text, tt.status, tt.body)
			}
		})
	}
}
