package bind

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/form"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// uploadNode takes a file of a form.
type uploadNode struct {
	conv convert
	// byIndex writes the field's number, for Go.
	byIndex bool
}

func (n *uploadNode) json(s *state) {
	if s.scan.Peek() != jsonwire.File {
		s.refuse(&uploadType)
		return
	}
	index, ok := s.scan.File()
	switch {
	case !ok:
	case n.byIndex:
		s.w.Int(int64(index))
	default:
		s.writeUpload(s.w, n.conv, s.form.Fields[index].File)
	}
}

// WriteFile writes a file where no type says what it is.
func (s *state) WriteFile(w *wire.Writer, index int) {
	s.writeUpload(w, s.upload, s.form.Fields[index].File)
}

// writeUpload writes what Python's UploadFile is made from. See
// pybridge.TypeUpload.
func (s *state) writeUpload(w *wire.Writer, conv convert, f *form.File) {
	if conv != 0 {
		w.Convert(int(conv))
	}
	w.Tuple(5)
	w.Str(f.Filename)
	w.Str(headerText(f.ContentType))
	w.Int(f.Size)
	at, n := w.Len(), 0
	w.List(0)
	for _, name := range slices.Sorted(maps.Keys(f.Header)) {
		for _, value := range f.Header[name] {
			w.Str(strings.ToLower(name))
			w.Str(headerText(value))
			n += 2
		}
	}
	w.SetCount(at, n)
	if path := f.Path(); path != "" {
		w.Str(path)
		return
	}
	content, _ := f.Content() // in memory
	w.Raw(content)
}

// content reads the next value, a file, as what it holds.
func (s *state) content() ([]byte, bool) {
	index, ok := s.scan.File()
	if !ok {
		return nil, false
	}
	out, err := s.form.Fields[index].File.Content()
	if err != nil {
		s.refusal = api.NewProblem(http.StatusInternalServerError, "internal-error", "The file could not be read")
	}
	return out, err == nil
}

// describeFiles puts a description in the place of each file in a JSON text.
func (s *state) describeFiles(text []byte) []byte {
	from := -1
	if s.form != nil {
		from = bytes.IndexByte(text, jsonwire.FileMark)
	}
	switch {
	case from < 0:
		return text
	case s.full: // the names of files may be long
		return []byte("null")
	}
	var out []byte
	for ; from >= 0; from = bytes.IndexByte(text, jsonwire.FileMark) {
		out = append(out, text[:from]...)
		text = text[from+1:]
		end := max(bytes.IndexByte(text, jsonwire.FileMark), 0)
		if index, err := strconv.Atoi(string(text[:end])); err == nil && index < len(s.form.Fields) {
			out = appendDescription(out, s.form.Fields[index].File)
		}
		text = text[end+1:]
	}
	return append(out, text...)
}

func appendDescription(b []byte, f *form.File) []byte {
	b = jsonwire.AppendQuote(append(b, `{"filename":`...), f.Filename)
	b = jsonwire.AppendQuote(append(b, `,"content_type":`...), headerText(f.ContentType))
	b = strconv.AppendInt(append(b, `,"size":`...), f.Size, 10)
	return append(b, '}')
}
