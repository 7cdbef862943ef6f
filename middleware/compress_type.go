package middleware

import (
	"net/textproto"
	"strings"
)

// compressible tells whether bodies of a media type are worth compressing.
//
// The list is positive: what isn't known is most often packed already, and
// compressing that costs time to make it longer. So images (but SVG and the
// few raw ones), audio, video, archives, WOFF and PDF, whose streams are
// deflated inside, are left alone by not being here. text/event-stream is text
// but must arrive event by event through proxies that know nothing of a
// coder's flushes. No type at all is no known type.
func compressible(contentType string) bool {
	name, _, _ := strings.Cut(contentType, ";")
	name = textproto.TrimString(name)
	var lower [64]byte // longer ones are none that is known
	if len(name) > len(lower) {
		return false
	}
	for i := range len(name) {
		lower[i] = name[i]
		if 'A' <= name[i] && name[i] <= 'Z' {
			lower[i] |= 0x20
		}
	}
	if worth, known := knownTypes[string(lower[:len(name)])]; known {
		return worth
	}
	return foldPrefix(name, "text/") || foldSuffix(name, "+json") || foldSuffix(name, "+xml")
}

// knownTypes are those that text/*, *+json and *+xml say nothing about, or the
// wrong thing.
var knownTypes = map[string]bool{
	"text/event-stream": false,

	"application/ecmascript":            true,
	"application/graphql":               true,
	"application/javascript":            true,
	"application/json":                  true,
	"application/json-seq":              true,
	"application/jsonl":                 true,
	"application/ndjson":                true,
	"application/rtf":                   true,
	"application/sql":                   true,
	"application/toml":                  true,
	"application/vnd.ms-fontobject":     true,
	"application/wasm":                  true,
	"application/x-javascript":          true,
	"application/x-ndjson":              true,
	"application/x-www-form-urlencoded": true,
	"application/x-yaml":                true,
	"application/xml":                   true,
	"application/xml-dtd":               true,
	"application/yaml":                  true,
	"font/otf":                          true,
	"font/ttf":                          true,
	"image/bmp":                         true,
	"image/vnd.microsoft.icon":          true,
	"image/x-icon":                      true,
}

func foldPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func foldSuffix(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}
