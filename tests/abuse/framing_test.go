package abuse

import (
	"fmt"
	"strings"
)

// hostileFraming are messages whose length is in doubt: whoever answers them
// in another way than the next proxy would can be made to answer the wrong
// request.
func hostileFraming() []hostile {
	body := `{"name":"a","price":1}`
	items := func(body string, header ...string) message {
		return request("POST /items", append([]string{"Content-Type: application/json"}, header...), []byte(body))
	}
	chunks := func(text string) message { return items(text, "Transfer-Encoding: chunked") }
	short := func(target, contentType, body string) message {
		m := post(target, contentType, []byte(body), "Content-Length: 1000")
		m.ends = true
		return m
	}
	after := func(m message, rest string) message {
		m.text = append(m.text, rest...)
		m.answers = 2
		return m
	}
	ending := func(m message) message { m.ends = true; return m }
	return []hostile{
		{name: "longer than sent", m: short("/items", jsonType, body), status: is(400), kind: "content-length-mismatch"},
		{name: "longer than the form sent", m: short("/form", "application/x-www-form-urlencoded", "a=1"), status: is(400), kind: "content-length-mismatch"},
		{name: "longer than the parts sent", m: short("/upload", "multipart/form-data; boundary=x", "--x\r\n"+part("file", `; filename="a"`, "abc")), status: is(400)},
		{name: "longer than the parts sent, which end", m: short("/upload", "multipart/form-data; boundary=x", multipartBody("x", part("file", `; filename="a"`, "abc"))), status: is(400), kind: "content-length-mismatch"},
		{name: "longer than the raw body sent", m: short("/raw", "application/octet-stream", "abc"), status: is(400), kind: "content-length-mismatch"},
		{name: "shorter than sent", m: after(items(body, fmt.Sprintf("Content-Length: %d", len(body))), "rest\r\n\r\n"), status: is(400)},
		{name: "shorter than the JSON", m: items(body, "Content-Length: 5"), status: is(400), says: malformed},
		{name: "negative length", m: items(body, "Content-Length: -1"), status: is(400)},
		{name: "length beyond 64 bits", m: items(body, "Content-Length: 99999999999999999999"), status: is(400)},
		{name: "length with a sign", m: items(body, fmt.Sprintf("Content-Length: +%d", len(body))), status: is(400)},
		{name: "hexadecimal length", m: items(body, "Content-Length: 0x16"), status: is(400)},
		{name: "two lengths", m: items(body, "Content-Length: 5", "Content-Length: 6"), status: is(400)},
		{name: "a list of lengths", m: items(body, "Content-Length: 5, 6"), status: is(400)},
		{name: "gzip, chunked", m: items(body, "Transfer-Encoding: gzip, chunked"), status: is(400, 501)},
		{name: "chunked twice", m: items(string(chunked([]byte(body), 8)), "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), status: is(400, 501)},
		{name: "an unknown transfer encoding", m: items(body, "Transfer-Encoding: xchunked"), status: is(400, 501)},
		{name: "a chunk without a size", m: chunks("\r\n" + body + "\r\n0\r\n\r\n"), status: is(400)},
		{name: "a chunk of size zz", m: chunks("zz\r\n" + body + "\r\n0\r\n\r\n"), status: is(400)},
		{name: "a chunk of negative size", m: chunks("-5\r\n" + body + "\r\n0\r\n\r\n"), status: is(400)},
		{name: "a chunk beyond 64 bits", m: chunks("10000000000000000\r\n" + body + "\r\n0\r\n\r\n"), status: is(400)},
		{name: "a chunk of 2^63", m: ending(chunks("7fffffffffffffff\r\n" + body)), status: is(400, 413)},
		{name: "a chunk longer than its size", m: chunks("5\r\n" + body + "\r\n0\r\n\r\n"), status: is(400)},
		{name: "a chunk shorter than its size", m: ending(chunks("ff\r\n" + body + "\r\n0\r\n\r\n")), status: is(400)},
		{name: "no last chunk", m: ending(chunks(fmt.Sprintf("%x\r\n%s\r\n", len(body), body))), status: is(400)},
		{name: "a chunk size without end", m: chunks(strings.Repeat("0", 1<<16)), status: is(400)},
		{name: "a chunk extension without end", m: chunks("5;" + strings.Repeat("a", 1<<16)), status: is(400)},
		{name: "10^5 tiny chunks", m: chunks(string(chunked([]byte(strings.Repeat("[", scaled(100_000))), 1))), status: is(400)},
		{name: "a trailer without end", m: chunks(fmt.Sprintf("%x\r\n%s\r\n0\r\n%s\r\n", len(body), body, strings.Repeat("X-A: b\r\n", 100_000))), status: is(400)},
	}
}
