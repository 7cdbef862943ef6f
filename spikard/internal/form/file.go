package form

import (
	"bufio"
	"bytes"
	"io"
	"os"

	"github.com/spikard/spikard-go/spikard/api"
)

// File is a file of a form, with what is to be done about its content.
type File struct {
	api.File
	content []byte
	path    string // where the content is, if it isn't in memory
}

func newFile(p *part) *File {
	f := &File{}
	f.File = api.NewFile(p.filename, p.contentType, p.header, f.reader)
	return f
}

func (f *File) reader() (io.ReadSeekCloser, error) {
	if f.path != "" {
		return os.Open(f.path)
	}
	return memory{bytes.NewReader(f.content)}, nil
}

// memory is a content in memory, opened.
type memory struct{ *bytes.Reader }

// Close does nothing.
func (memory) Close() error { return nil }

// Path is the name of the temporary file that holds the content, or empty for
// a content in memory.
func (f *File) Path() string { return f.path }

// Content is the whole content. It must not be changed.
func (f *File) Content() ([]byte, error) {
	if f.path != "" {
		return os.ReadFile(f.path)
	}
	return f.content, nil
}

// head is the start of the content, of n bytes at most.
func (f *File) head(n int) ([]byte, error) {
	if f.path == "" {
		return f.content[:min(n, len(f.content))], nil
	}
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, int64(n)))
}

func (f *File) remove() {
	if f != nil && f.path != "" {
		_ = os.Remove(f.path)
	}
}

// spoolPattern names the temporary files.
const spoolPattern = "spikard-upload-*"

// spool writes what was read already, and then the rest, to a temporary file.
// An error of the reader comes out as it is.
func (f *File) spool(read []byte, rest io.Reader) error {
	file, err := os.CreateTemp("", spoolPattern) // mode 0600
	if err != nil {
		return &storageError{err}
	}
	f.path = file.Name()
	source := &watched{r: io.MultiReader(bytes.NewReader(read), rest)}
	f.Size, err = buffered(file, source)
	if closing := file.Close(); err == nil {
		err = closing
	}
	switch {
	case err == nil:
		return nil
	case source.err == nil:
		err = &storageError{err}
	default:
		err = source.err
	}
	f.remove()
	return err
}

// spoolBuffer is how much is written at once: a reader of parts gives few bytes
// at a time where the content looks like the boundary.
const spoolBuffer = 64 << 10

func buffered(file io.Writer, source io.Reader) (int64, error) {
	// A file's own ReadFrom would write what each Read gives.
	w := bufio.NewWriterSize(struct{ io.Writer }{file}, spoolBuffer)
	n, err := w.ReadFrom(source)
	if err != nil {
		return n, err
	}
	return n, w.Flush()
}

// watched remembers the error of a reader.
type watched struct {
	r   io.Reader
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}
