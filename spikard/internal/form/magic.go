package form

import (
	"bytes"

	"github.com/gabriel-vasile/mimetype"
)

// headLength is how much of a content is looked at: mimetype's own limit.
const headLength = 4096

// Mismatch looks at a file's first bytes and tells which type they indicate,
// where that is not the declared one; else detected is empty. head is what was
// looked at.
//
// A type may be declared as what it is built on (a .docx as a zip), and a text
// as any type of text: those have no magic numbers. A content shorter than its
// type's signature is held against as much of it as is there.
func (f *File) Mismatch(declared string) (detected string, head []byte, err error) {
	head, err = f.head(headLength)
	if err != nil {
		return "", nil, err
	}
	found := mimetype.Detect(head)
	if begins(head, declared) || isA(found, declared) || couldBe(found, declared) {
		return "", head, nil
	}
	return found.String(), head, nil
}

// isA tells whether a type is the declared one or built on it.
func isA(found *mimetype.MIME, declared string) bool {
	if as, ok := spellings[declared]; ok {
		declared = as
	}
	for m := found; m != nil; m = m.Parent() {
		if m.Is(declared) {
			return true
		}
	}
	return false
}

// couldBe tells whether the declared type is built on the one found, which has
// no more of it within the bytes looked at. Of types that nobody knows, only
// those without a signature could be anything.
func couldBe(found *mimetype.MIME, declared string) bool {
	m := mimetype.Lookup(declared)
	if m == nil {
		return found.Parent() == nil || found.Is("text/plain")
	}
	for m = m.Parent(); m != nil && m.Parent() != nil; m = m.Parent() {
		if found.Is(m.String()) {
			return true
		}
	}
	return false
}

// spellings are names in use for types that have another.
var spellings = map[string]string{"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg"}

// begins tells whether a short content is the beginning of the declared type's
// signature.
func begins(head []byte, declared string) bool {
	signature := signatures[declared]
	return len(head) < len(signature) && bytes.HasPrefix([]byte(signature), head)
}

// signatures are those of the types that are most often uploaded.
var signatures = map[string]string{
	"application/gzip": "\x1f\x8b",
	"application/pdf":  "%PDF-",
	"application/zip":  "PK\x03\x04",
	"image/gif":        "GIF8",
	"image/jpeg":       "\xff\xd8\xff",
	"image/png":        "\x89PNG\r\n\x1a\n",
	"image/webp":       "RIFF",
}
