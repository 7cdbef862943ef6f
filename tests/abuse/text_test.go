package abuse

import "strings"

// hostileText is text where it should not be what it is.
func hostileText() []hostile {
	return []hostile{
		{name: "invalid UTF-8 in a path", m: get("/path/%ff"), status: is(400)},
		{name: "broken escape in a path", m: get("/path/%zz"), status: is(400)},
		{name: "5000 digits in a query", m: get("/query?n=" + strings.Repeat("7", 5000)), status: is(400, 422)},
		{name: "10k query parameters", m: get("/query?" + strings.Repeat("a=1&", 10_000) + "a=1"), status: is(400), kind: "limit-exceeded", says: "MaxQueryParams"},
		{name: "10k values of one parameter", m: get("/query?" + strings.Repeat("tags=1&", 8000) + "tags=1"), status: is(400), kind: "limit-exceeded", says: "MaxQueryParams"},
		{name: "10k cookies", m: get("/query", "Cookie: "+strings.Repeat("a=1; ", 10_000)+"sid=1"), status: is(400), kind: "limit-exceeded"},
		{name: "text in no charset", m: post("/text", "text/plain", []byte("a\xff")), status: is(400, 422)},
		{name: "text in an unknown charset", m: post("/text", "text/plain; charset=klingon", []byte("a")), status: is(415), kind: "unsupported-charset"},
	}
}
