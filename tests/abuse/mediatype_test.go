package abuse

import "strings"

// hostileMediaTypes are Content-Type and Content-Encoding headers.
func hostileMediaTypes() []hostile {
	item := []byte(`{"name":"a","price":1}`)
	send := func(contentType string, header ...string) message {
		return post("/items", contentType, item, header...)
	}
	return []hostile{
		{name: "only semicolons", m: send(";;;"), status: is(415), kind: "unsupported-media-type"},
		{name: "no slash", m: send("json"), status: is(415), kind: "unsupported-media-type"},
		{name: "10 kB of it", m: send(strings.Repeat("x", 10_000) + "/json"), status: is(415), kind: "unsupported-media-type"},
		{name: "bytes", m: send("application/\xff\xfe"), status: is(415), kind: "unsupported-media-type"},
		{name: "XML", m: send("application/xml"), status: is(415), kind: "unsupported-media-type"},
		{name: "text", m: send("text/plain"), status: is(415), kind: "unsupported-media-type"},
		{name: "two", m: send("application/json", "Content-Type: application/json"), status: is(400)},
		{name: "two that differ", m: send("application/json", "Content-Type: text/plain"), status: is(400, 415)},
		{name: "UTF-16", m: send("application/json; charset=utf-16"), status: is(415), kind: "unsupported-charset", says: "utf-16"},
		{name: "unknown charset", m: send("application/json; charset=klingon"), status: is(415), kind: "unsupported-charset", says: "klingon"},
		{name: "charset with a quote", m: send(`application/json; charset="a\"b<script>"`), status: is(415), kind: "unsupported-charset"},
		{name: "two charsets", m: send("application/json; charset=utf-8; charset=utf-16"), status: is(400, 415)},
		{name: "gzip", m: send("application/json", "Content-Encoding: gzip"), status: is(415)},
		{name: "gzip twice", m: send("application/json", "Content-Encoding: gzip, gzip"), status: is(415)},
		{name: "gzip in a second line", m: send("application/json", "Content-Encoding: identity", "Content-Encoding: gzip"), status: is(415)},
		{name: "gzip of a form", m: post("/form", "application/x-www-form-urlencoded", []byte("a=1"), "Content-Encoding: gzip"), status: is(415)},
	}
}
