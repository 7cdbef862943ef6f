package form

import (
	"mime"
	"net/http"
	"net/textproto"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/spikard/spikard-go/spikard/api"
)

// part is the header of a part, read.
type part struct {
	name, filename string
	isFile         bool
	contentType    string
	charset        string // of a text; empty: UTF-8
	header         textproto.MIMEHeader
}

const defaultContentType = "application/octet-stream"

func readPart(h textproto.MIMEHeader) (*part, *api.Problem) {
	p := &part{header: h, contentType: defaultContentType}
	disposition, params, err := mime.ParseMediaType(h.Get("Content-Disposition"))
	var named bool
	if p.name, named = params["name"]; err != nil || disposition != "form-data" || !named {
		return nil, badForm("A part of the form has no readable Content-Disposition: form-data; name=\"...\"")
	}
	if p.filename, p.isFile = params["filename"]; p.isFile {
		p.filename = withoutFolders(p.filename)
	} else if strings.Contains(strings.ToLower(h.Get("Content-Disposition")), "filename*") {
		return nil, badForm("The filename of the form's field %s is in a charset other than UTF-8", shown(p.name))
	}
	if !printable(p.name) || !printable(p.filename) {
		return nil, badForm("A part of the form has a name that is not UTF-8 or has control characters")
	}
	if problem := identity(h.Get("Content-Transfer-Encoding")); problem != nil {
		return nil, problem
	}
	problem := p.readType(h.Get("Content-Type"))
	return p, problem
}

func (p *part) readType(text string) *api.Problem {
	if text == "" {
		return nil
	}
	_, params, err := mime.ParseMediaType(text)
	if err != nil {
		return badForm("The Content-Type of the form's field %s can't be read", shown(p.name))
	}
	p.contentType, p.charset = text, params["charset"]
	return nil
}

// identity refuses encodings, which RFC 7578, 4.7 has done away with.
func identity(encoding string) *api.Problem {
	switch strings.ToLower(encoding) {
	case "", "7bit", "8bit", "binary":
		return nil
	}
	return api.NewProblem(http.StatusUnsupportedMediaType, "unsupported-content-encoding",
		"Unsupported Content-Transfer-Encoding in a part of the form")
}

// withoutFolders leaves the last part of a path, of either kind: RFC 7578, 4.2.
func withoutFolders(filename string) string {
	filename = filename[strings.LastIndexAny(filename, `/\`)+1:]
	if filename == "." || filename == ".." {
		return ""
	}
	return filename
}

func printable(v string) bool {
	control := func(c rune) bool { return c < ' ' || c == 0x7f }
	return utf8.ValidString(v) && !strings.ContainsFunc(v, control)
}

// decode makes UTF-8 of a text in the part's own charset.
func (p *part) decode(text []byte) (string, *api.Problem) {
	switch strings.ToLower(p.charset) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return string(text), nil
	}
	encoding, err := htmlindex.Get(p.charset)
	if err != nil {
		problem := api.NewProblem(http.StatusUnsupportedMediaType, "unsupported-charset",
			"Unsupported charset "+shown(p.charset)+" in a part of the form")
		problem.Title = "Unsupported Charset"
		return "", problem
	}
	out, err := encoding.NewDecoder().Bytes(text)
	if err != nil {
		return "", badForm("The form's field %s is not in the charset it declares", shown(p.name))
	}
	return string(out), nil
}
