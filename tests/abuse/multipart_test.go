package abuse

import (
	"fmt"
	"strings"
)

// part is one part of a form, with further parameters of its disposition.
func part(name, params, content string) string {
	return fmt.Sprintf("Content-Disposition: form-data; name=%q%s\r\n\r\n%s\r\n", name, params, content)
}

func multipartBody(boundary string, parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--" + boundary + "\r\n" + p)
	}
	b.WriteString("--" + boundary + "--\r\n")
	return b.String()
}

// hostileMultipart are forms with files.
func hostileMultipart() []hostile {
	const kind = "multipart/form-data; boundary=x"
	file := part("file", `; filename="a"`, "abc")
	raw := func(contentType, body string) message { return post("/upload", contentType, []byte(body)) }
	send := func(parts ...string) message { return raw(kind, multipartBody("x", parts...)) }
	picture := func(head, content string) message {
		return post("/picture", kind, []byte(multipartBody("x", "Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n"+head+"\r\n"+content+"\r\n")))
	}
	repeated := func(p string, n int) string {
		return strings.Repeat("--x\r\n"+p, n) + "--x--\r\n"
	}
	png := "\x89PNG\r\n\x1a\n"
	return []hostile{
		{name: "10k fields", m: raw(kind, repeated(part("a", "", "1"), 10_000)), status: is(413), says: "MaxFormFields"},
		{name: "10k files", m: raw(kind, repeated(file, 10_000)), status: is(413), says: "MaxFormFiles"},
		{name: "10^5 parts without a header", m: raw(kind, repeated("\r\n\r\n", scaled(100_000))), status: is(400, 413)},
		{name: "a field of 2 MiB", m: send(part("a", "", strings.Repeat("b", 2<<20)), file), status: is(413), says: "MaxFormFieldSize"},
		{name: "a part's header of 1 MiB", m: send("X-A: " + strings.Repeat("b", 1<<20) + "\r\n" + file), status: is(400, 413)},
		{name: "10k headers of a part", m: send(strings.Repeat("X-A: b\r\n", 10_000) + file), status: is(400, 413)},
		{name: "a header line without end", m: raw(kind, "--x\r\nContent-Disposition: "+strings.Repeat("a", scaled(1_000_000))), status: is(400, 413)},
		{name: "breaks off in the content", m: raw(kind, "--x\r\n"+part("file", `; filename="a"`, "abc")), status: is(400)},
		{name: "breaks off in the header", m: raw(kind, "--x\r\nContent-Disp"), status: is(400)},
		{name: "breaks off before the header", m: raw(kind, "--x\r\n"), status: is(400)},
		{name: "breaks off in the last boundary", m: raw(kind, "--x\r\n"+file+"--x-"), status: is(400)},
		{name: "another boundary", m: raw(kind, multipartBody("y", file)), status: is(400)},
		{name: "no boundary in the body", m: raw(kind, strings.Repeat("a", scaled(1_000_000))), status: is(400)},
		{name: "no boundary parameter", m: raw("multipart/form-data", multipartBody("x", file)), status: is(400), says: "boundary"},
		{name: "empty boundary", m: raw(`multipart/form-data; boundary=""`, multipartBody("", file)), status: is(400), says: "boundary"},
		{name: "boundary of 71", m: raw("multipart/form-data; boundary="+strings.Repeat("x", 71), multipartBody(strings.Repeat("x", 71), file)), status: is(400), says: "boundary"},
		{name: "boundary of 10 kB", m: raw("multipart/form-data; boundary="+strings.Repeat("x", 10_000), "--x"), status: is(400), says: "boundary"},
		{name: "illegal boundary", m: raw(`multipart/form-data; boundary="a@b{}"`, multipartBody("a@b{}", file)), status: is(400), says: "boundary"},
		{name: "boundary that ends with a space", m: raw(`multipart/form-data; boundary="x "`, multipartBody("x ", file)), status: is(400), says: "boundary"},
		{name: "boundary with a line break", m: raw("multipart/form-data; boundary=\"x\\\ry\"", file), status: is(400, 415)},
		{name: "two boundaries", m: raw("multipart/form-data; boundary=x; boundary=y", multipartBody("x", file)), status: is(400, 415)},
		{name: "a part without a name", m: send("Content-Disposition: form-data\r\n\r\nabc\r\n", file), status: is(400)},
		{name: "a part without a disposition", m: send("Content-Type: text/plain\r\n\r\nabc\r\n", file), status: is(400)},
		{name: "a header without a colon", m: send("nonsense\r\n\r\nabc\r\n", file), status: is(400)},
		{name: "NUL in a part's header", m: send("Content-Disposition: form-data; name=\"a\x00b\"\r\n\r\nabc\r\n", file), status: is(400)},
		{name: "invalid UTF-8 in a field", m: send(part("a", "", "\xff"), file), status: is(400)},
		{name: "the file is missing", m: send(part("a", "", "1")), status: is(422), kind: "validation-error", says: `"missing"`},
		{name: "a text for the file", m: send(part("file", "", "abc")), status: is(422), kind: "validation-error"},
		{name: "no parts", m: raw(kind, "--x--\r\n"), status: is(422), kind: "validation-error", says: `"missing"`},
		{name: "no body", m: raw(kind, ""), status: is(400, 422)},
		{name: "multipart/mixed", m: raw("multipart/mixed; boundary=x", multipartBody("x", file)), status: is(415), kind: "unsupported-media-type"},
		{name: "another type than the rule's", m: picture("Content-Type: image/gif\r\n", png), status: is(422), kind: "validation-error", says: `"files"`},
		{name: "another content than its type", m: picture("Content-Type: image/png\r\n", "#!/bin/sh\n"), status: is(422), kind: "validation-error", says: `"files"`},
		{name: "larger than the rule's", m: picture("Content-Type: image/png\r\n", png+strings.Repeat("a", 2000)), status: is(422), kind: "validation-error", says: `"files"`},
		{name: "empty", m: picture("Content-Type: image/png\r\n", ""), status: is(422), kind: "validation-error", says: `"files"`},
	}
}
