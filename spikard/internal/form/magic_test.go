package form

import (
	"archive/zip"
	"bytes"
	"os"
	"strings"
	"testing"
)

func archive(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if _, err := w.Create("a.txt"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMismatch(t *testing.T) {
	t.Parallel()
	const png, jpeg, elf = "\x89PNG\r\n\x1a\n", "\xff\xd8\xff\xe0", "\x7fELF\x02\x01\x01\x00"
	zipped := archive(t)
	for name, c := range map[string]struct{ content, declared, detected string }{
		"png":                   {png, "image/png", ""},
		"png cut short":         {png[:4], "image/png", ""},
		"jpeg":                  {jpeg, "image/jpeg", ""},
		"jpeg by another name":  {jpeg, "image/jpg", ""},
		"pdf":                   {"%PDF-1.7\n", "application/pdf", ""},
		"pdf cut short":         {"%PDF", "application/pdf", ""},
		"png as jpeg":           {png, "image/jpeg", "image/png"},
		"short png as pdf":      {png[:4], "application/pdf", "text/plain"},
		"text as png":           {"hello", "image/png", "text/plain; charset=utf-8"},
		"program as an image":   {elf, "image/png", "application/x-elf"},
		"program as text":       {elf, "text/plain", "application/x-elf"},
		"text":                  {"hello", "text/plain", ""},
		"csv":                   {"hello", "text/csv", ""},
		"html as text":          {"<!DOCTYPE html><html>", "text/plain", ""},
		"json":                  {`{"a":1}`, "application/json", ""},
		"anything as bytes":     {png, "application/octet-stream", ""},
		"unknown type":          {"\x00\x01", "application/x-martian", ""},
		"png as unknown type":   {png, "application/x-martian", "image/png"},
		"zip":                   {zipped, "application/zip", ""},
		"zip as docx":           {zipped, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ""},
		"zip as an image":       {zipped, "image/gif", "application/zip"},
		"signature further in":  {"x" + png, "image/png", "application/octet-stream"},
		"more than a signature": {png + strings.Repeat("x", 1<<16), "image/png", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := t.TempDir() + "/file"
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, f := range []File{{content: []byte(c.content)}, {path: path}} {
				detected, head, err := f.Mismatch(c.declared)
				if err != nil || detected != c.detected || !strings.HasPrefix(c.content, string(head)) {
					t.Errorf("got %q, %v, want %q", detected, err, c.detected)
				}
			}
		})
	}
}
