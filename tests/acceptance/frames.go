package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// frameKind is an opcode of RFC 6455, section 5.2.
type frameKind byte

const (
	textFrame   frameKind = 1
	binaryFrame frameKind = 2
	closeFrame  frameKind = 8
	pingFrame   frameKind = 9
	pongFrame   frameKind = 10
)

var frameKinds = map[string]frameKind{
	"": textFrame, "text": textFrame, "binary": binaryFrame, "close": closeFrame, "ping": pingFrame, "pong": pongFrame,
}

// socket is a WebSocket's client that sends frames as they are asked for: a library's
// would answer pings and choose their content by itself.
type socket struct {
	conn net.Conn
	in   *bufio.Reader
}

const handshake = "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

// dialSocket opens one.
func dialSocket(ctx context.Context, addr, path string) (*socket, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return nil, err
		}
	}
	if _, err := fmt.Fprintf(conn, handshake, path, addr); err != nil {
		return nil, err
	}
	s := &socket{conn: conn, in: bufio.NewReader(conn)}
	resp, err := http.ReadResponse(s.in, nil)
	if err != nil {
		return nil, err
	}
	resp.Body.Close() // there is none
	// RFC 6455, section 1.3, has this answer to that key.
	if accept := resp.Header.Get("Sec-Websocket-Accept"); resp.StatusCode != http.StatusSwitchingProtocols || !strings.EqualFold(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") {
		return nil, fmt.Errorf("the handshake: %s, accept %q", resp.Status, accept)
	}
	return s, nil
}

// send sends one frame, masked with zeros.
func (s *socket) send(kind frameKind, payload []byte) error {
	head := []byte{0x80 | byte(kind)}
	switch n := len(payload); {
	case n < 126:
		head = append(head, 0x80|byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 0x80|126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 0x80|127), uint64(n))
	}
	head = append(head, 0, 0, 0, 0)
	_, err := s.conn.Write(append(head, payload...))
	return err
}

// receive gives the next frame, which must be a whole message.
func (s *socket) receive() (frameKind, []byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(s.in, head[:]); err != nil {
		return 0, nil, err
	}
	size := uint64(head[1] & 0x7f)
	switch size {
	case 126:
		var n [2]byte
		if _, err := io.ReadFull(s.in, n[:]); err != nil {
			return 0, nil, err
		}
		size = uint64(binary.BigEndian.Uint16(n[:]))
	case 127:
		var n [8]byte
		if _, err := io.ReadFull(s.in, n[:]); err != nil {
			return 0, nil, err
		}
		size = binary.BigEndian.Uint64(n[:])
	}
	payload := make([]byte, size)
	_, err := io.ReadFull(s.in, payload)
	if head[0]&0x80 == 0 {
		err = fmt.Errorf("a frame of %d bytes is not the whole of its message", size)
	}
	return frameKind(head[0] & 0x0f), payload, err
}
