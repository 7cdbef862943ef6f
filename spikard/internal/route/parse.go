package route

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// SyntaxError tells what is wrong with a template, and where.
type SyntaxError struct {
	Template string
	// Column counts characters from 1.
	Column int
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("path template %q: column %d: %s", e.Template, e.Column, e.Reason)
}

// Parse reads a path template; the package documentation describes them.
//
// # Errors
//
// It gives a *[SyntaxError] for the first mistake from the left.
func Parse(path string) (*Template, error) {
	p := parser{source: path, segments: make([]segment, 1)}
	if err := p.parse(); err != nil {
		return nil, err
	}
	return newTemplate(path, p.params, p.segments), nil
}

type parser struct {
	source   string
	params   []Param
	segments []segment // the last one is being read
}

func (p *parser) parse() error {
	if p.source == "" || p.source[0] != '/' {
		return p.errorf(0, `a path starts with "/"`)
	}
	for pos := 1; pos < len(p.source); {
		var err error
		switch p.source[pos] {
		case '/':
			p.segments = append(p.segments, segment{})
			pos++
		case '{':
			pos, err = p.parameter(pos)
		default:
			pos, err = p.text(pos)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// text reads up to the next slash or brace.
func (p *parser) text(pos int) (int, error) {
	end := pos
	for end < len(p.source) && p.source[end] != '/' && p.source[end] != '{' {
		switch c := p.source[end]; {
		case c == '}':
			return 0, p.errorf(end, `"}" closes nothing; write "%%7D" for the character`)
		case c == '?':
			return 0, p.errorf(end, `a query is no part of a path template; write "%%3F" for the character`)
		case c == '#':
			return 0, p.errorf(end, `a fragment is no part of a path template; write "%%23" for the character`)
		case c == '%' && !isEscape(p.source[end:]):
			return 0, p.errorf(end, `"%%" starts an escape and needs two hexadecimal digits; write "%%25" for the character`)
		}
		end++
	}
	// A slash in front makes the piece of text a path; it goes again.
	text, valid := canonical("/"+p.source[pos:end], true)
	if !valid {
		return 0, p.errorf(pos, "the text is not UTF-8")
	}
	p.add(element{text: text[1:]})
	return end, nil
}

// parameter reads "{name}" or "{name:converter}".
func (p *parser) parameter(pos int) (int, error) {
	length := strings.IndexAny(p.source[pos+1:], "{}/")
	if length < 0 || p.source[pos+1+length] != '}' {
		return 0, p.errorf(pos, `"{" is not closed; a parameter is "{name}" or "{name:converter}"`)
	}
	inner := p.source[pos+1 : pos+1+length]
	name, converter, given := strings.Cut(inner, ":")
	if !isName(name) {
		return 0, p.errorf(pos+1, "%q is no parameter name; one has letters, digits and \"_\" and starts with no digit", name)
	}
	param := Param{Name: name}
	if given {
		var known bool
		if param.Converter, known = converterByName(converter); !known {
			return 0, p.errorf(pos+len(name)+2, "unknown converter %q; there are %s",
				converter, strings.Join(converterNames[:], ", "))
		}
	}
	for _, other := range p.params {
		if other.Name == name {
			return 0, p.errorf(pos+1, "the name %q is there twice", name)
		}
	}
	last := p.segments[len(p.segments)-1].elements
	if len(last) > 0 && last[len(last)-1].param {
		return 0, p.errorf(pos, "the parameter %q follows another one; put text between them, so that a path can be cut there", name)
	}
	p.params = append(p.params, param)
	p.add(element{param: true, conv: param.Converter})
	return pos + len(inner) + 2, nil
}

func (p *parser) add(e element) {
	s := &p.segments[len(p.segments)-1]
	s.elements = append(s.elements, e)
}

func (p *parser) errorf(pos int, format string, args ...any) error {
	return &SyntaxError{
		Template: p.source,
		Column:   utf8.RuneCountInString(p.source[:pos]) + 1,
		Reason:   fmt.Sprintf(format, args...),
	}
}

// isName follows Starlette: ASCII identifiers only, since the name becomes a
// keyword argument, a struct tag and an OpenAPI parameter.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
