package form

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spikard/spikard-go/spikard/api"
)

// wide are limits that no test reaches by chance.
var wide = Limits{Fields: 1000, Files: 1000, FieldSize: 1 << 20, Memory: 1 << 20}

// texts gives name, value, ... of a form's texts.
func texts(f *Form) []string {
	var out []string
	for _, field := range f.Fields {
		out = append(out, field.Name, field.Value)
	}
	return out
}

// statusOf gives the status of the problem in an error, or 0.
func statusOf(err error) int {
	var p *api.Problem
	if errors.As(err, &p) {
		return p.Status
	}
	return 0
}

func TestURLEncoded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"empty":               {"", nil},
		"pairs":               {"a=1&b=2&a=3", []string{"a", "1", "b", "2", "a", "3"}},
		"nothing between":     {"&&a=1&&", []string{"a", "1"}},
		"without a value":     {"a&b=", []string{"a", "", "b", ""}},
		"without a name":      {"=1", []string{"", "1"}},
		"equals sign":         {"a=b=c", []string{"a", "b=c"}},
		"semicolon":           {"a=1;b=2", []string{"a", "1;b=2"}},
		"escapes":             {"a%5Bb%5d=x+y%20z%26%c3%a9", []string{"a[b]", "x y z&é"}},
		"escapes of nothing":  {"a=%zz%4%", []string{"a", "%zz%4%"}},
		"escaped plus":        {"a=%2B+", []string{"a", "+ "}},
		"NUL and new lines":   {"a=%00%0d%0a", []string{"a", "\x00\r\n"}},
		"bytes above ASCII":   {"é=é", []string{"é", "é"}},
		"byte order mark":     {"\ufeffa=1", []string{"\ufeffa", "1"}},
		"question mark, hash": {"?a=1#x", []string{"?a", "1#x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, p := ParseURLEncoded([]byte(c.body), wide)
			if p != nil {
				t.Fatal(p)
			}
			if got := texts(f); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			f.Close()
		})
	}
}

func TestURLEncodedLimits(t *testing.T) {
	t.Parallel()
	limits := Limits{Fields: 2, FieldSize: 3}
	for name, c := range map[string]struct {
		body   string
		status int
		detail string
	}{
		"as much as allowed":   {"a=%41%42%43&b=123", 0, ""},
		"too many":             {"a&b&c", 413, "The form has more than 2 fields (MaxFormFields)"},
		"value too long":       {"a=1234", 413, "The form has a field of more than 3 bytes (MaxFormFieldSize)"},
		"name too long":        {"abcd=1", 413, "The form has a field of more than 3 bytes (MaxFormFieldSize)"},
		"escapes too long":     {"a=" + strings.Repeat("%41", 1000), 413, "The form has a field of more than 3 bytes (MaxFormFieldSize)"},
		"name not UTF-8":       {"%ff=1", 400, "The form has a name that is not UTF-8"},
		"value not UTF-8":      {"a=\xff", 400, `The form's field "a" is not UTF-8`},
		"lone surrogate":       {"a=%ED%A0%80", 400, ""},
		"a million names":      {strings.Repeat("a&", 1e6), 413, ""},
		"a million of nothing": {strings.Repeat("&", 1e6), 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := limits
			if name == "lone surrogate" {
				l = wide
			}
			_, p := ParseURLEncoded([]byte(c.body), l)
			switch {
			case c.status == 0 && p == nil:
			case p == nil || p.Status != c.status || (c.detail != "" && p.Detail != c.detail):
				t.Errorf("got %+v, want %d %s", p, c.status, c.detail)
			}
		})
	}
}

// FuzzURLEncoded holds the parser against net/url's, which refuses more.
func FuzzURLEncoded(f *testing.F) {
	for _, seed := range []string{"", "a=1&b=2", "a[]=%41+b", "%", "a=%zz", "&=&", "a=1;b", "\xff=1"} {
		f.Add(seed)
	}
	limits := Limits{Fields: 20, FieldSize: 100}
	f.Fuzz(func(t *testing.T, body string) {
		got, p := ParseURLEncoded([]byte(body), limits)
		if p != nil {
			if p.Status != 400 && p.Status != 413 {
				t.Errorf("%q: status %d", body, p.Status)
			}
			return
		}
		if len(got.Fields) > limits.Fields {
			t.Errorf("%q: %d fields", body, len(got.Fields))
		}
		mine := url.Values{}
		for _, field := range got.Fields {
			if len(field.Value) > int(limits.FieldSize) || !utf8.ValidString(field.Name) || !utf8.ValidString(field.Value) {
				t.Errorf("%q: field %q", body, field.Name)
			}
			mine.Add(field.Name, field.Value)
		}
		want, err := url.ParseQuery(body)
		if err == nil && mine.Encode() != want.Encode() {
			t.Errorf("%q: got %q, want %q", body, mine, want)
		}
	})
}
