package abuse

import "strings"

// hostileForms are url-encoded.
func hostileForms() []hostile {
	const form = "application/x-www-form-urlencoded"
	send := func(text string) message { return post("/form", form, []byte(text)) }
	return []hostile{
		{name: "10k fields", m: send(strings.Repeat("a=1&", 10_000) + "a=1"), status: is(413), says: "MaxFormFields"},
		{name: "10^6 fields", m: send(strings.Repeat("a&", scaled(100_000))), status: is(413), says: "MaxFormFields"},
		{name: "a field of 2 MiB", m: send("a=" + strings.Repeat("b", 2<<20)), status: is(413), says: "MaxFormFieldSize"},
		{name: "a name of 2 MiB", m: send(strings.Repeat("b", 2<<20) + "=a"), status: is(413), says: "MaxFormFieldSize"},
		{name: "1000 brackets", m: send("a" + strings.Repeat("[b]", 1000) + "=1"), status: is(400)},
		{name: "a hole in a list", m: send("a[0]=1&a[2]=3"), status: is(400)},
		{name: "a far index", m: send("a[0]=1&a[999999999]=1"), status: is(400)},
		{name: "a text that is an object too", m: send("a=1&a[b]=2"), status: is(400)},
		{name: "a list that is an object too", m: send("a[]=1&a[b]=2"), status: is(400)},
		{name: "invalid UTF-8", m: send("a=%ff"), status: is(400)},
		{name: "surrogate", m: send("a=%ed%a0%80"), status: is(400)},
		{name: "raw bytes", m: send("a=\xff\xfe"), status: is(400)},
		{name: "UTF-16", m: post("/form", form+"; charset=utf-16", []byte("a=1")), status: is(415), kind: "unsupported-charset"},
		{name: "JSON instead", m: jsonTo("/form", `{"a":1}`), status: is(415), kind: "unsupported-media-type"},
		{name: "a form instead of JSON", m: post("/items", form, []byte("name=a&price=1")), status: is(415), kind: "unsupported-media-type"},
		{name: "a field is missing", m: post("/account", form, []byte("roles=a")), status: is(422), kind: "validation-error", says: `"missing"`},
		{name: "no body", m: post("/account", form, nil), status: is(422), kind: "validation-error", says: `"missing"`},
	}
}
