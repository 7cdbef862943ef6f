package main

import "testing"

func TestWireText(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		request Request
		want    string
		short   bool
	}{
		"bare": {
			Request{Method: "GET", Target: "/a?b=c;d"},
			"GET /a?b=c;d HTTP/1.1\r\nHost: h:1\r\nConnection: close\r\n\r\n", false,
		},
		"given headers stand": {
			Request{Method: "GET", Target: "/", Headers: map[string]string{"host": "x", "user-agent": "me", "connection": "keep-alive"}},
			"GET / HTTP/1.1\r\nconnection: keep-alive\r\nhost: x\r\nuser-agent: me\r\n\r\n", false,
		},
		"body": {
			Request{Method: "POST", Target: "/", Headers: map[string]string{"Content-Type": "text/plain"}, Body: []byte("hi")},
			"POST / HTTP/1.1\r\nHost: h:1\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi", false,
		},
		"no body": {
			Request{Method: "POST", Target: "/"},
			"POST / HTTP/1.1\r\nHost: h:1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false,
		},
		"announced too long": {
			Request{Method: "POST", Target: "/", Headers: map[string]string{"content-length": "9"}, Body: []byte("hi")},
			"POST / HTTP/1.1\r\nHost: h:1\r\ncontent-length: 9\r\nConnection: close\r\n\r\nhi", true,
		},
		"bytes that break the line": {
			Request{Method: "GET", Target: "/a b\té"},
			"GET /a%20b%09%C3%A9 HTTP/1.1\r\nHost: h:1\r\nConnection: close\r\n\r\n", false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, short := wireText("h:1", tt.request)
			if string(got) != tt.want || short != tt.short {
				t.Errorf("got %q, short %v\nwant %q, short %v", got, short, tt.want, tt.short)
			}
		})
	}
}
