package main

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
)

// part is one part of a multipart request, as the case sends it.
type part struct {
	name, filename, contentType string
	file                        bool
	content                     []byte
}

// requestParts reads a request's multipart body with a parser that is not the
// server's. Where the body breaks off or has no boundary, the parts before
// that are given: such a case wants a refusal.
func requestParts(r Request) []part {
	_, params, _ := mime.ParseMediaType(headerOf(r.Headers, "Content-Type"))
	if params["boundary"] == "" {
		return nil
	}
	var parts []part
	in := multipart.NewReader(bytes.NewReader(r.Body), params["boundary"])
	for {
		p, err := in.NextRawPart()
		if err != nil {
			return parts
		}
		content, err := io.ReadAll(p)
		if err != nil {
			return parts
		}
		parts = append(parts, part{
			name: p.FormName(), filename: p.FileName(), contentType: p.Header.Get("Content-Type"),
			file: isFile(p), content: content,
		})
	}
}

// isFile says whether the part has a filename, be it an empty one.
func isFile(p *multipart.Part) bool {
	_, params, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	_, named := params["filename"]
	return named
}
