package abuse

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// patience is how long any answer may take before it counts as none. It is no
// measure: a machine under load must keep to it too.
const patience = time.Minute

// message is what a client writes to a connection.
type message struct {
	text []byte
	// ends has the client close its side after it.
	ends bool
	// answers is how many must come, 1 if it is 0: the last one counts.
	answers int
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// request writes a head, in which the given lines come first, and a body with
// its length, unless a line gives one.
func request(line string, header []string, body []byte) message {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s HTTP/1.1\r\nHost: abuse.example\r\n", line)
	framed := false
	for _, h := range header {
		b.WriteString(h + "\r\n")
		name, _, _ := strings.Cut(strings.ToLower(h), ":")
		framed = framed || name == "content-length" || name == "transfer-encoding"
	}
	if !framed && (body != nil || strings.HasPrefix(line, "POST")) {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	b.Write(body)
	return message{text: b.Bytes()}
}

func get(target string, header ...string) message { return request("GET "+target, header, nil) }

func post(target, contentType string, body []byte, header ...string) message {
	if contentType != "" {
		header = append([]string{"Content-Type: " + contentType}, header...)
	}
	return request("POST "+target, header, body)
}

// chunked frames a body in chunks of the given size.
func chunked(body []byte, size int) []byte {
	var b bytes.Buffer
	for len(body) > 0 {
		n := min(size, len(body))
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, body[:n])
		body = body[n:]
	}
	b.WriteString("0\r\n\r\n")
	return b.Bytes()
}

// send writes a message on a connection of its own and reads the answers while
// it writes: a refusal may come before the end of the request.
//
// # Errors
//
// An error means that there was no answer, or a broken one. That the message
// could not be written to its end is none.
func send(address string, m message) (*reply, error) {
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(context.Background(), "tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		_, _ = conn.Write(m.text)
		if m.ends {
			_ = conn.(*net.TCPConn).CloseWrite()
		}
	}()
	defer func() { conn.Close(); <-written }()
	method, _, _ := strings.Cut(string(m.text[:min(len(m.text), 16)]), " ")
	in := bufio.NewReader(conn)
	var last *reply
	for range max(m.answers, 1) {
		if last, err = receive(in, method); err != nil {
			return nil, err
		}
	}
	return last, nil
}

func receive(in *bufio.Reader, method string) (*reply, error) {
	resp, err := http.ReadResponse(in, &http.Request{Method: method})
	if err != nil {
		return nil, fmt.Errorf("no answer: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("the answer breaks off: %w", err)
	}
	return &reply{status: resp.StatusCode, header: resp.Header, body: body}, nil
}

// String is for messages.
func (r *reply) String() string {
	if r == nil {
		return "no answer"
	}
	return fmt.Sprintf("status %d: %s", r.status, r.excerpt())
}

// excerpt is the body's beginning.
func (r *reply) excerpt() string {
	const most = 400
	if len(r.body) > most {
		return strings.ToValidUTF8(string(r.body[:most]), "") + "…"
	}
	return string(r.body)
}

func (r *reply) mediaType() string {
	kind, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	return kind
}

// wellAfter fails the test unless the server answers an ordinary request.
func wellAfter(t *testing.T, address string) {
	t.Helper()
	got, err := send(address, get("/well"))
	if err != nil || got.status != 200 || string(got.body) != `{"well":true}` {
		t.Fatalf("the server is not well afterwards: %v %v", err, got)
	}
}
