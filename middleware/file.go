package middleware

import (
	"io/fs"
	"net/http"
	"os"
)

// Files sends single files that a program names, as [Static] sends those of a
// folder.
//
// # Concurrency
//
// Any number of goroutines may use it.
type Files struct{ static Static }

// Send answers with a file, with the status where the whole of it is sent. A
// Content-Type and an ETag that the header has already stay. Conditions and ranges
// are those of [Static.Serve].
//
// # Errors
//
// The file can't be opened, or it is no regular one: then nothing is written.
func (s *Files) Send(w http.ResponseWriter, r *http.Request, path string, status int) error {
	file, err := os.OpenFile(path, openFlags, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &fs.PathError{Op: "send", Path: path, Err: fs.ErrInvalid}
	}
	header, modified := w.Header(), lastModified(info)
	if _, told := header["Content-Type"]; !told {
		header["Content-Type"] = staticType(path)
	}
	if _, told := header["Etag"]; !told {
		f := &staticFile{file, file, info, path}
		if tag := s.static.tag(f, modified, codingIdentity); tag != "" {
			header["Etag"] = []string{tag}
		}
	}
	r, _ = readRange(r)
	out := &statusWriter{fileWriter{ResponseWriter: w, static: &s.static}, status}
	http.ServeContent(out, r, "", modified, file)
	return nil
}

// statusWriter sends a whole file with a status of the program's.
type statusWriter struct {
	fileWriter

	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if status == http.StatusOK {
		status = w.status
	}
	w.fileWriter.WriteHeader(status)
}
