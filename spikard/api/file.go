package api

import (
	"errors"
	"io"
	"net/textproto"
)

// File is a file that a client sent in a form.
//
// # Concurrency
//
// Any number of goroutines may use a File; each Open gives a reader of its own.
//
// # Memory
//
// The content of a large file lies on disk, and is removed when the request
// ends: a File must not be used afterwards.
type File struct {
	// Filename is the name that the client gave, without folders. It is not to
	// be trusted any more than the content.
	Filename string
	// ContentType is what the client says the content is, with parameters;
	// "application/octet-stream" where it says nothing.
	ContentType string
	// Size is the length of the content in bytes.
	Size int64
	// Header is the part's whole header.
	Header textproto.MIMEHeader

	open func() (io.ReadSeekCloser, error)
}

// NewFile makes a file whose content open gives from its start.
func NewFile(filename, contentType string, header textproto.MIMEHeader, open func() (io.ReadSeekCloser, error)) File {
	return File{Filename: filename, ContentType: contentType, Header: header, open: open}
}

// ErrNoFile is what opening the zero File gives: the client sent none.
var ErrNoFile = errors.New("no file was sent")

// Open gives the content from its start. It is the caller's to close.
func (f *File) Open() (io.ReadSeekCloser, error) {
	if f.open == nil {
		return nil, ErrNoFile
	}
	return f.open()
}
