package main

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// coded writes a text in a content coding.
func coded(t *testing.T, coding, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "br":
		w = brotli.NewWriter(&b)
	case "zstd":
		w, err = zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1))
	case "zlib":
		w = zlib.NewWriter(&b)
	case "flate":
		w, err = flate.NewWriter(&b, 5)
	default:
		return []byte(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDecodeBody(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		header string
		body   []byte
		want   string
	}{
		"none":          {"", []byte("text"), ""},
		"identity":      {"identity", []byte("text"), ""},
		"gzip":          {"GZip", coded(t, "gzip", "text"), ""},
		"brotli":        {"br", coded(t, "br", "text"), ""},
		"zstd":          {"zstd", coded(t, "zstd", "text"), ""},
		"deflate":       {"deflate", coded(t, "zlib", "text"), ""},
		"bare deflate":  {"deflate", coded(t, "flate", "text"), ""},
		"two":           {"gzip, br", coded(t, "br", string(coded(t, "gzip", "text"))), ""},
		"label alone":   {"gzip", []byte("text"), "content-encoding gzip"},
		"another":       {"br", coded(t, "gzip", "text"), "content-encoding br"},
		"cut off":       {"gzip", coded(t, "gzip", "text")[:12], "content-encoding gzip"},
		"unknown":       {"lzma", []byte("text"), "no decoder"},
		"not even zstd": {"zstd", []byte("text"), "content-encoding zstd"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := decodeBody(tt.header, tt.body)
			if tt.want == "" && (err != nil || string(got) != "text") {
				t.Errorf("got %q, %v", got, err)
			}
			if tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestCheckCoding(t *testing.T) {
	t.Parallel()
	labelled := http.Header{"Content-Encoding": {"gzip"}}
	for name, tt := range map[string]struct {
		got answer
		ok  bool
	}{
		"plain":      {answer{status: 200, body: []byte("text")}, true},
		"coded":      {answer{status: 200, header: labelled, body: coded(t, "gzip", "text")}, true},
		"label":      {answer{status: 200, header: labelled, body: []byte("text")}, false},
		"empty":      {answer{status: 200, header: labelled}, false},
		"to HEAD":    {answer{method: "HEAD", status: 200, header: labelled}, true},
		"no content": {answer{status: 304, header: labelled}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := checkCoding(&tt.got); (err == nil) != tt.ok {
				t.Errorf("%v, want ok %v", err, tt.ok)
			}
		})
	}
}
