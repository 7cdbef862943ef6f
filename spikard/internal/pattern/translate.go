package pattern

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The classes that engines disagree about, as the inside of a class. A set and
// what is outside of it.
const (
	digits    = `0-9`
	noDigits  = `\x00-\x2F\x3A-` + last
	words     = `0-9A-Z_a-z`
	noWords   = `\x00-\x2F\x3A-\x40\x5B-\x5E\x60\x7B-` + last
	spaces    = `\x09-\x0D\x20` + "\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF"
	noSpaces  = `\x00-\x08\x0E-\x1F\x21-` + "\u009F\u00A1-\u167F\u1681-\u1FFF\u200B-\u2027\u202A-\u202E\u2030-\u205E\u2060-\u2FFF\u3001-\uFEFE\uFF00-" + last
	last      = "\U0010FFFF"
	endOfText = `\z`
)

var classes = map[byte]string{'d': digits, 'D': noDigits, 'w': words, 'W': noWords, 's': spaces, 'S': noSpaces}

// translator writes a pattern in a form that both engines read alike.
type translator struct {
	in  string
	pos int
	out strings.Builder
	// lines is set by the flag m, with which $ is not the end of the text.
	lines bool
}

func translate(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", errors.New("not UTF-8")
	}
	t := translator{in: text, lines: setsLines(text)}
	for t.pos < len(t.in) {
		if err := t.next(); err != nil {
			return "", err
		}
	}
	return t.out.String(), nil
}

// setsLines tells whether a group sets the flag m.
func setsLines(text string) bool {
	for {
		_, rest, ok := strings.Cut(text, "(?")
		if !ok {
			return false
		}
		flags := rest[:len(rest)-len(strings.TrimLeft(rest, "imsxaU"))]
		if strings.Contains(flags, "m") {
			return true
		}
		text = rest
	}
}

// next translates one element outside of a class.
func (t *translator) next() error {
	switch c := t.in[t.pos]; {
	case c == '\\':
		return t.escape(false)
	case c == '[':
		return t.class()
	case c == '$' && !t.lines:
		t.pos++
		t.out.WriteString(endOfText)
	case c == '(':
		t.group()
	default:
		t.copy(1)
	}
	return nil
}

func (t *translator) copy(n int) {
	t.out.WriteString(t.in[t.pos : t.pos+n])
	t.pos += n
}

// group copies the opening of a group, whose name is spelled in two ways.
func (t *translator) group() {
	rest := t.in[t.pos:]
	if strings.HasPrefix(rest, "(?P<") {
		t.out.WriteString("(?<")
		t.pos += len("(?P<")
		return
	}
	if name, _, ok := strings.Cut(rest, ")"); ok && strings.HasPrefix(rest, "(?P=") {
		t.out.WriteString(`\k<` + name[len("(?P="):] + ">")
		t.pos += len(name) + 1
		return
	}
	t.copy(1)
}

// class translates a class. A ] that comes first is a member of it.
func (t *translator) class() error {
	t.copy(1)
	if strings.HasPrefix(t.in[t.pos:], "^") {
		t.copy(1)
	}
	for first := true; t.pos < len(t.in); first = false {
		switch c := t.in[t.pos]; {
		case c == ']' && !first:
			t.copy(1)
			return nil
		case c == '\\':
			if err := t.escape(true); err != nil {
				return err
			}
		case c == '[' || c == ']':
			t.out.WriteByte('\\')
			t.copy(1)
		default:
			t.copy(1)
		}
	}
	return errors.New("a class has no end")
}

// escape translates what a backslash begins.
func (t *translator) escape(inClass bool) error {
	if t.pos+1 >= len(t.in) {
		return errors.New("a backslash at the end")
	}
	c := t.in[t.pos+1]
	if set, ok := classes[c]; ok {
		t.set(set, inClass)
		return nil
	}
	switch {
	case c == 'u' || c == 'x' || c == 'U':
		return t.codePoint(c)
	case c == 'c':
		return t.control()
	case c == 'b' && inClass:
		t.char('\b', 2)
	case c == 'v':
		t.char('\v', 2)
	case c == '0':
		t.char(0, 2)
	case c == 'Z' && !inClass:
		t.out.WriteString(endOfText)
		t.pos += 2
	case c == 'p' || c == 'P':
		t.property()
	case c >= utf8.RuneSelf:
		t.pos++ // an escaped letter that isn't ASCII is itself
	case isLetter(c) && !strings.ContainsRune("afnrtvbBAzk", rune(c)):
		return fmt.Errorf(`unknown escape \%c`, c)
	default:
		t.copy(2)
	}
	return nil
}

func isLetter(c byte) bool { return (c|0x20)-'a' < 26 }

func (t *translator) set(set string, inClass bool) {
	t.pos += 2
	if !inClass {
		set = "[" + set + "]"
	}
	t.out.WriteString(set)
}

// char writes a character that n bytes stand for.
func (t *translator) char(r rune, n int) {
	t.pos += n
	if r < utf8.RuneSelf {
		fmt.Fprintf(&t.out, `\x%02X`, r)
		return
	}
	t.out.WriteRune(r)
}

func (t *translator) control() error {
	if t.pos+2 >= len(t.in) || !isLetter(t.in[t.pos+2]) {
		return errors.New(`\c is for a letter`)
	}
	t.char(rune(t.in[t.pos+2]&31), 3)
	return nil
}

// property takes the spelling of scripts and categories with their kind.
func (t *translator) property() {
	t.copy(2)
	for _, kind := range []string{"Script=", "sc=", "General_Category=", "gc="} {
		if strings.HasPrefix(t.in[t.pos:], "{"+kind) {
			t.out.WriteByte('{')
			t.pos += 1 + len(kind)
			return
		}
	}
}

// codePoint translates \xHH, \uHHHH, two such surrogates, \u{H...} and Python's
// \UHHHHHHHH.
func (t *translator) codePoint(kind byte) error {
	r, n, ok := hexEscape(t.in[t.pos:])
	if ok && kind == 'u' && utf16.IsSurrogate(r) {
		low, m, _ := hexEscape(t.in[t.pos+n:])
		r, n = utf16.DecodeRune(r, low), n+m
		ok = r != utf8.RuneError
	}
	if !ok || !utf8.ValidRune(r) {
		return fmt.Errorf(`\%c is not followed by a code point`, kind)
	}
	t.char(r, n)
	return nil
}

// hexEscape reads an escape at the front of v and gives its length.
func hexEscape(v string) (r rune, n int, ok bool) {
	if len(v) < 3 || v[0] != '\\' {
		return 0, 0, false
	}
	length := map[byte]int{'x': 2, 'u': 4, 'U': 8}[v[1]]
	hex := v[2:]
	n = 2 + length
	if end := strings.IndexByte(hex, '}'); hex[0] == '{' && end > 0 {
		hex, n = hex[1:end], end+3
	} else if length > 0 && len(hex) >= length {
		hex = hex[:length]
	} else {
		return 0, 0, false
	}
	u, err := strconv.ParseUint(hex, 16, 32)
	return rune(u), n, err == nil
}
