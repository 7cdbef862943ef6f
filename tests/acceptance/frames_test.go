package main

import (
	"bufio"
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// TestSocketAgainstALibrary sends frames of each length to a server that is not ours.
func TestSocketAgainstALibrary(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"v1"}})
		if err != nil {
			return
		}
		defer conn.CloseNow()
		conn.SetReadLimit(-1)
		for {
			kind, data, err := conn.Read(r.Context())
			if err != nil || conn.Write(r.Context(), kind, data) != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	s, err := dialSocket(t.Context(), server.Listener.Addr().String(), "/", "v0", "v1")
	if err != nil {
		t.Fatal(err)
	}
	defer s.conn.Close()
	if s.protocol != "v1" {
		t.Errorf("the subprotocol is %q", s.protocol)
	}
	for _, n := range []int{0, 125, 126, 65535, 65536, 1 << 20} {
		want := bytes.Repeat([]byte{0xff}, n)
		if err := s.send(binaryFrame, want); err != nil {
			t.Fatal(err)
		}
		if kind, got, err := s.receive(); err != nil || kind != binaryFrame || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes: frame %d of %d bytes, %v", n, kind, len(got), err)
		}
	}
	end := RawMessage{Direction: "send", FrameType: "close", CloseCode: 4000}
	if err := end.play(s); err != nil {
		t.Fatal(err)
	}
	if err := end.answered(s); err != nil {
		t.Error(err)
	}
}

func TestHandshakeRefused(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	_, err := dialSocket(t.Context(), server.Listener.Addr().String(), "/")
	if err == nil || !strings.Contains(err.Error(), "the handshake: 404") {
		t.Errorf("error %v", err)
	}
}

func TestReceive(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		wire, want, failure string
		kind                frameKind
	}{
		"text":          {"\x81\x02hi", "hi", "", textFrame},
		"fragments":     {"\x01\x01h\x00\x01e\x80\x01y", "hey", "", textFrame},
		"ping ahead":    {"\x01\x01h\x89\x01p\x80\x01i", "p", "", pingFrame},
		"masked":        {"\x81\x82hihihi", "", "a server masks nothing", 0},
		"an extension":  {"\xc1\x02hi", "", "has no extensions", 0},
		"too large":     {"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", "", "a frame of 9223372036854775807 bytes", 0},
		"breaks off":    {"\x81\x03hi", "", "unexpected EOF", 0},
		"in its length": {"\x81\x7e\x01", "", "unexpected EOF", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &socket{in: bufio.NewReader(strings.NewReader(tt.wire))}
			kind, got, err := s.receive()
			if tt.failure != "" {
				if err == nil || !strings.Contains(err.Error(), tt.failure) {
					t.Errorf("error %v, want %q in it", err, tt.failure)
				}
				return
			}
			if err != nil || kind != tt.kind || string(got) != tt.want {
				t.Errorf("frame %d %q, %v, want %d %q", kind, got, err, tt.kind, tt.want)
			}
		})
	}
}
