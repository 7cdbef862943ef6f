package abuse

import "strings"

// hostileHeaders are heads that are no heads.
func hostileHeaders() []hostile {
	head := func(text string) message { return message{text: []byte(text)} }
	const host = "Host: abuse.example\r\n"
	return []hostile{
		{name: "larger than the limit", m: get("/well", "X-A: "+strings.Repeat("b", maxHeader+8192)), status: is(431)},
		{name: "many lines", m: get("/well", strings.Repeat("X-A: b\r\n", maxHeader/4)+"X-B: c"), status: is(431)},
		{name: "a target larger than the limit", m: get("/" + strings.Repeat("b", maxHeader+8192)), status: is(414, 431)},
		{name: "no Host", m: head("GET /well HTTP/1.1\r\n\r\n"), status: is(400)},
		{name: "two Hosts", m: head("GET /well HTTP/1.1\r\n" + host + host + "\r\n"), status: is(400)},
		{name: "a Host with a space", m: head("GET /well HTTP/1.1\r\nHost: a b\r\n\r\n"), status: is(400)},
		{name: "NUL in a header", m: get("/well", "X-A: a\x00b"), status: is(400)},
		{name: "a bare CR in a header", m: get("/well", "X-A: a\rb"), status: is(400)},
		{name: "a name with a space", m: get("/well", "X A: b"), status: is(400)},
		{name: "a space before the colon", m: get("/well", "X-A : b"), status: is(400)},
		{name: "a folded line", m: head("GET /well HTTP/1.1\r\n folded: x\r\n" + host + "\r\n"), status: is(400)},
		{name: "no version", m: head("GET /well\r\n" + host + "\r\n"), status: is(400)},
		{name: "HTTP/9.9", m: head("GET /well HTTP/9.9\r\n" + host + "\r\n"), status: is(400, 505)},
		{name: "HTTP/2", m: head("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), status: is(400, 405, 505)},
		{name: "CONNECT", m: head("CONNECT evil.example:443 HTTP/1.1\r\n" + host + "\r\n"), status: is(400, 404, 405)},
		{name: "TLS", m: head("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n"), status: is(400)},
		{name: "a method of bytes", m: head("G\xffT /well HTTP/1.1\r\n" + host + "\r\n"), status: is(400)},
		{name: "an unknown method", m: head("HACK /well HTTP/1.1\r\n" + host + "\r\n"), status: is(405)},
		{name: "an invalid escape", m: get("/well%"), status: is(400)},
		{name: "NUL in a path", m: get("/wel%00l"), status: is(400, 404)},
		{name: "out of the root", m: get("/../../etc/passwd"), status: is(400, 404)},
	}
}
