package form

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"

	"github.com/spikard/spikard-go/spikard/api"
)

// ReadMultipart reads multipart/form-data (RFC 7578). A part with a filename is
// a file; every other one is a text, whatever its content type. A file without
// name and content is what a browser sends for an input that was left empty: it
// counts as not given.
//
// # Errors
//
// An [*api.Problem] for what the client did wrong: 400 for parts that can't be
// read or end too early, 413 for more than the limits allow, 415 for an encoding
// or a charset of a part that nobody decodes. One with status 500 and the cause
// is wrapped by the error of a file that can't be stored. What r reports comes
// out as it is.
func ReadMultipart(r io.Reader, boundary string, l Limits) (*Form, error) {
	m := &multipartReader{limits: l, source: newSource(r, boundary)}
	m.parts = multipart.NewReader(&m.source, boundary)
	for {
		more, err := m.next()
		if err != nil {
			m.form.Close()
			return nil, m.explain(err)
		}
		if !more {
			return &m.form, nil
		}
	}
}

// maxPartHeader is the longest header of a part, give or take a buffer.
const maxPartHeader = 64 << 10

var errPartHeader = errors.New("header of a part is too long")

type multipartReader struct {
	limits Limits
	source source
	parts  *multipart.Reader
	form   Form
	// buf is what the current part's content is read into first.
	buf          bytes.Buffer
	texts, files int
}

// next reads a part. False: there are no more.
func (m *multipartReader) next() (bool, error) {
	m.source.room = maxPartHeader
	raw, err := m.parts.NextRawPart()
	if err == io.EOF && m.source.closed { // a wrapped one is a body that was cut off
		return false, nil
	}
	if err != nil {
		return false, err
	}
	m.source.room = -1
	p, problem := readPart(raw.Header)
	if problem == nil {
		problem = m.count(p)
	}
	if problem != nil {
		return false, problem
	}
	if p.isFile {
		return true, m.file(p, raw)
	}
	return true, m.text(p, raw)
}

// count holds the number of parts against the limits.
func (m *multipartReader) count(p *part) *api.Problem {
	if p.isFile {
		if m.files++; m.files > m.limits.Files {
			return beyond(tooManyFiles, int64(m.limits.Files))
		}
		return nil
	}
	if m.texts++; m.texts > m.limits.Fields {
		return beyond(tooManyFields, int64(m.limits.Fields))
	}
	return nil
}

func (m *multipartReader) text(p *part, content io.Reader) error {
	if err := m.fill(content, m.limits.FieldSize); err != nil {
		return err
	}
	if int64(m.buf.Len()) > m.limits.FieldSize {
		return beyond(tooLong, m.limits.FieldSize)
	}
	value, problem := p.decode(m.buf.Bytes())
	if problem == nil {
		problem = m.limits.text(p.name, value)
	}
	if problem != nil {
		return problem
	}
	m.form.Fields = append(m.form.Fields, Field{Name: p.name, Value: value})
	return nil
}

func (m *multipartReader) file(p *part, content io.Reader) error {
	if problem := m.limits.text(p.name, p.filename); problem != nil {
		return problem
	}
	if err := m.fill(content, m.limits.Memory); err != nil {
		return err
	}
	if m.buf.Len() == 0 && p.filename == "" {
		return nil
	}
	f := newFile(p)
	f.Size = int64(m.buf.Len())
	if f.Size > m.limits.Memory {
		if err := f.spool(m.buf.Bytes(), content); err != nil {
			return err
		}
	} else {
		f.content = bytes.Clone(m.buf.Bytes())
	}
	m.form.Fields = append(m.form.Fields, Field{Name: p.name, File: f})
	return nil
}

// fill reads at most one byte more than a limit.
func (m *multipartReader) fill(content io.Reader, limit int64) error {
	m.buf.Reset()
	_, err := m.buf.ReadFrom(io.LimitReader(content, limit+1))
	return err
}

// explain tells the client's mistakes, which mime/multipart has no types for,
// from the errors of the body.
func (m *multipartReader) explain(err error) error {
	var problem *api.Problem
	switch {
	case errors.As(err, &problem):
		return err
	case m.source.err != nil:
		return m.source.err
	case errors.Is(err, errPartHeader), errors.Is(err, multipart.ErrMessageTooLarge):
		return badForm("The header of a part of the form is longer than %d bytes", maxPartHeader)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return badForm("The form ended before its last boundary")
	}
	return badForm("The form is not valid multipart/form-data")
}

// source is the body. It remembers its error, looks for the last boundary, and
// stops within a header that is too long: mime/multipart allows 10 MiB.
type source struct {
	r    io.Reader
	room int // for the header; below 0: a content is being read
	err  error
	// last is the last boundary with the end of the line before it, and tail
	// what may be its beginning.
	last, tail []byte
	closed     bool // it was seen
}

func newSource(r io.Reader, boundary string) source {
	// The first line of all has none before it.
	return source{r: r, last: []byte("\n--" + boundary + "--"), tail: []byte("\n")}
}

func (s *source) Read(p []byte) (int, error) {
	if s.room == 0 {
		return 0, errPartHeader
	}
	if s.room > 0 {
		p = p[:min(len(p), s.room)]
	}
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	if s.room > 0 {
		s.room -= n
	}
	if !s.closed {
		s.look(p[:n])
	}
	return n, err
}

func (s *source) look(p []byte) {
	overlap := len(s.last) - 1
	s.tail = append(s.tail, p[:min(len(p), overlap)]...)
	s.closed = bytes.Contains(s.tail, s.last) || bytes.Contains(p, s.last)
	s.tail = append(s.tail, p[max(min(len(p), overlap), len(p)-overlap):]...)
	s.tail = append(s.tail[:0], s.tail[max(0, len(s.tail)-overlap):]...)
}
