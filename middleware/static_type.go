package middleware

import (
	"mime"
	"path"
	"strings"
)

// staticType gives the header line for a file: by the table, then as the
// machine has it, then as bytes of no known kind. Nothing looks into the file:
// what a user has uploaded must not turn into a page by its content.
func staticType(name string) []string {
	extension := path.Ext(name)
	if line, ok := staticTypes[extension]; ok {
		return line
	}
	if line, ok := staticTypes[strings.ToLower(extension)]; ok {
		return line
	}
	if known := mime.TypeByExtension(extension); known != "" {
		return []string{known}
	}
	return octets
}

var octets = []string{"application/octet-stream"}

// staticTypes has the types of the web. mime.TypeByExtension reads the
// machine's tables, and so gives other answers elsewhere. All answers share the
// lines.
var staticTypes = map[string][]string{
	".avif":        {"image/avif"},
	".bin":         octets,
	".bmp":         {"image/bmp"},
	".br":          octets,
	".css":         {"text/css; charset=utf-8"},
	".csv":         {"text/csv; charset=utf-8"},
	".flac":        {"audio/flac"},
	".gif":         {"image/gif"},
	".gz":          {"application/gzip"},
	".htm":         {"text/html; charset=utf-8"},
	".html":        {"text/html; charset=utf-8"},
	".ico":         {"image/x-icon"},
	".jpeg":        {"image/jpeg"},
	".jpg":         {"image/jpeg"},
	".js":          {"text/javascript; charset=utf-8"},
	".json":        {"application/json"},
	".jsonl":       {"application/jsonl"},
	".jxl":         {"image/jxl"},
	".m4a":         {"audio/mp4"},
	".map":         {"application/json"},
	".md":          {"text/markdown; charset=utf-8"},
	".mjs":         {"text/javascript; charset=utf-8"},
	".mp3":         {"audio/mpeg"},
	".mp4":         {"video/mp4"},
	".oga":         {"audio/ogg"},
	".ogg":         {"audio/ogg"},
	".ogv":         {"video/ogg"},
	".opus":        {"audio/ogg"},
	".otf":         {"font/otf"},
	".pdf":         {"application/pdf"},
	".png":         {"image/png"},
	".svg":         {"image/svg+xml"},
	".tar":         {"application/x-tar"},
	".ttf":         {"font/ttf"},
	".txt":         {"text/plain; charset=utf-8"},
	".vtt":         {"text/vtt; charset=utf-8"},
	".wasm":        {"application/wasm"},
	".wav":         {"audio/wav"},
	".webm":        {"video/webm"},
	".webmanifest": {"application/manifest+json"},
	".webp":        {"image/webp"},
	".woff":        {"font/woff"},
	".woff2":       {"font/woff2"},
	".xhtml":       {"application/xhtml+xml"},
	".xml":         {"text/xml; charset=utf-8"},
	".zip":         {"application/zip"},
	".zst":         {"application/zstd"},
}
