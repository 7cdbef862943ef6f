package abuse

import (
	"bytes"
	"fmt"
)

// hostileSizes are larger than the server allows.
func hostileSizes() []hostile {
	head := func(target string, header ...string) message {
		return request("POST "+target, append([]string{"Content-Type: application/json"}, header...), nil)
	}
	large := chunked(bytes.Repeat([]byte("1"), maxBody+1), 64<<10)
	chunks := head("/any", "Transfer-Encoding: chunked")
	chunks.text = append(chunks.text, large...)
	files := request("POST /upload", []string{"Content-Type: multipart/form-data; boundary=x", "Transfer-Encoding: chunked"}, nil)
	files.text = append(files.text, chunked([]byte(multipartBody("x", part("file", `; filename="a"`, string(bytes.Repeat([]byte("1"), maxBody+1))))), 64<<10)...)
	return []hostile{
		{name: "told beforehand, not sent", m: head("/any", fmt.Sprintf("Content-Length: %d", maxBody+1)), status: is(413), kind: "payload-too-large", says: fmt.Sprint(maxBody)},
		{name: "told beforehand, 2^62", m: head("/any", fmt.Sprintf("Content-Length: %d", int64(1)<<62)), status: is(413), kind: "payload-too-large"},
		{name: "after 100-continue was asked for", m: head("/any", fmt.Sprintf("Content-Length: %d", maxBody+1), "Expect: 100-continue"), status: is(413), kind: "payload-too-large"},
		{name: "to a handler without a body", m: request("POST /raw", []string{fmt.Sprintf("Content-Length: %d", maxBody+1)}, nil), status: is(413), kind: "payload-too-large"},
		{name: "in chunks", m: chunks, status: is(413), kind: "payload-too-large"},
		{name: "a file in chunks", m: files, status: is(413), kind: "payload-too-large"},
		{name: "an unknown expectation", m: head("/any", "Content-Length: 2", "Expect: a-miracle"), status: is(417)},
	}
}
