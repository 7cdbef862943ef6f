package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
)

// send makes one request on a connection of its own and reads the answer. It
// writes the request itself, since net/http's client would add headers, tidy
// the target, follow redirects and undo codings.
//
// # Errors
//
// An error says whether the answer was missing or broken.
func send(ctx context.Context, addr string, r Request) (*answer, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return nil, err
		}
	}
	text, short := wireText(addr, r)
	if _, err := conn.Write(text); err != nil {
		return nil, fmt.Errorf("sending the request: %w", err)
	}
	if short {
		// The only way to tell the server that no more will come. It is not
		// done otherwise: a half-closed connection reads as a client that left.
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			return nil, err
		}
	}
	return receive(conn, r.Method)
}

func receive(conn net.Conn, method string) (*answer, error) {
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		return nil, fmt.Errorf("no answer: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("the answer breaks off: %w", err)
	}
	return &answer{method: method, status: resp.StatusCode, header: resp.Header, body: body}, nil
}

// wireText is the request as bytes. What HTTP/1.1 requires and the case leaves
// out (Host, Content-Length) is added, and the connection is not kept. short
// says that the body is shorter than the case's own Content-Length.
func wireText(addr string, r Request) (text []byte, short bool) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", r.Method, escapeTarget(r.Target))
	given := map[string]string{}
	for name, value := range r.Headers {
		given[textproto.CanonicalMIMEHeaderKey(name)] = value
	}
	if _, ok := given["Host"]; !ok {
		fmt.Fprintf(&b, "Host: %s\r\n", addr)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		fmt.Fprintf(&b, "%s: %s\r\n", name, r.Headers[name])
	}
	length, announced := given["Content-Length"]
	if _, chunked := given["Transfer-Encoding"]; !announced && !chunked && (len(r.Body) > 0 || takesBody(r.Method)) {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(r.Body))
	}
	if _, ok := given["Connection"]; !ok {
		b.WriteString("Connection: close\r\n")
	}
	b.WriteString("\r\n")
	b.Write(r.Body)
	n, err := strconv.Atoi(length)
	return b.Bytes(), announced && err == nil && n > len(r.Body)
}

// takesBody says whether a request of the method without a body announces a
// length of 0 (RFC 9110, section 8.6).
func takesBody(method string) bool {
	return method == "POST" || method == "PUT" || method == "PATCH"
}

// escapeTarget encodes the bytes that would break the request line, and leaves
// the rest of the target as the case has it.
func escapeTarget(target string) string {
	var b bytes.Buffer
	for i := 0; i < len(target); i++ {
		if c := target[i]; c <= ' ' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
