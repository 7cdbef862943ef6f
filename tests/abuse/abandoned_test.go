package abuse

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// abandons leaves in the midst of requests: nobody waits for an answer, and
// the server must not go on with them.
func abandons(t *testing.T, address string) {
	t.Helper()
	const files = "multipart/form-data; boundary=x"
	length := fmt.Sprintf("Content-Length: %d", maxBody)
	for _, tt := range []struct {
		name string
		m    message
	}{
		{"in the head", message{text: []byte("POST /items HTTP/1.1\r\nHost: abuse")}},
		{"before the body", post("/items", jsonType, nil, length)},
		{"in the body", post("/items", jsonType, []byte(`{"name":`), length)},
		{"in a file", post("/upload", files, []byte("--x\r\n"+part("file", `; filename="a"`, strings.Repeat("a", 3<<20))), length)},
		{"in the second file", post("/upload", files,
			[]byte(strings.Repeat("--x\r\n"+part("file", `; filename="a"`, strings.Repeat("a", 3<<20)), 2)), length)},
		{"in a chunk", request("POST /items", []string{"Content-Type: " + jsonType, "Transfer-Encoding: chunked"}, []byte("ff\r\n{"))},
		{"before the answer", jsonTo("/any", `"`+strings.Repeat("a", 1<<20)+`"`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn, err := (&net.Dialer{Timeout: patience}).DialContext(t.Context(), "tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Write(tt.m.text); err != nil {
				t.Fatal(err)
			}
			conn.Close()
			wellAfter(t, address)
		})
	}
}

// nothingLeft waits until the files of all requests are gone.
func nothingLeft(t *testing.T, folder string) {
	t.Helper()
	var left []string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		var err error
		if left, err = filepath.Glob(filepath.Join(folder, "spikard-upload-*")); err != nil {
			t.Fatal(err)
		}
		if len(left) == 0 {
			return
		}
	}
	t.Errorf("files of requests are left: %q", left)
}
