package jsonwire_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// decode reads a whole text as a value of any type.
func decode(text string) (any, error) {
	var s jsonwire.Scanner
	var w wire.Writer
	s.Reset(text)
	s.Any(&w)
	if !s.End() {
		return nil, s.Err()
	}
	v, rest, err := wire.Decode(w.Bytes())
	if err == nil && len(rest) > 0 {
		err = errors.New("more than one value was written")
	}
	return v, err
}

func TestAnyRefusesWhatJSONLoadsRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":                  "",
		"blank":                  " ",
		"two values":             "1 2",
		"trailing comma":         "[1,]",
		"leading comma":          "[,1]",
		"missing comma":          "[1 2]",
		"trailing object comma":  `{"a":1,}`,
		"missing value":          `{"name": "Item", "price": }`,
		"missing colon":          `{"a" 1}`,
		"number as name":         `{1:1}`,
		"single quotes":          `{'a':1}`,
		"mismatched brackets":    "[}",
		"unclosed":               `{"a":[1`,
		"open string":            `"abc`,
		"open escape":            `"abc\`,
		"control character":      "\"a\nb\"",
		"control after escape":   "\"\\n\x01\"",
		"unknown escape":         `"\x"`,
		"short escape":           `"\u12"`,
		"not hex":                `"\u12g4"`,
		"lone high surrogate":    `"\ud800"`,
		"lone low surrogate":     `"\udc00"`,
		"high and a letter":      `"\ud800\u0041"`,
		"invalid UTF-8":          "\"\xff\"",
		"UTF-8 surrogate":        "\"\xed\xa0\x80\"",
		"invalid beside escapes": "\"\\n\xff\"",
		"leading zero":           "01",
		"plus":                   "+1",
		"lone minus":             "-",
		"open fraction":          "1.",
		"no whole part":          ".5",
		"open exponent":          "1e",
		"signed open exponent":   "1e+",
		"NaN":                    "NaN",
		"Infinity":               "Infinity",
		"-Infinity":              "-Infinity",
		"half a word":            "tru",
		"word with a tail":       "nullx",
		"byte order mark":        "\ufeff1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if v, err := decode(text); !errors.Is(err, jsonwire.ErrSyntax) {
				t.Errorf("got %v, %v", v, err)
			}
		})
	}
}

func TestAnyAtTheLimits(t *testing.T) {
	t.Parallel()
	digits := strings.Repeat("7", jsonwire.MaxDigits)
	for name, text := range map[string]string{
		"longest integer":    digits,
		"longest negative":   "-" + digits,
		"long fraction":      "0." + strings.Repeat("1", 9000),
		"deepest":            strings.Repeat("[", jsonwire.MaxDepth) + strings.Repeat("]", jsonwire.MaxDepth),
		"wide, not deep":     "[" + strings.Repeat("[],", 2000) + "[]]",
		"ten megabytes":      `"` + strings.Repeat("x", 10<<20) + `"`,
		"ten escaped":        `"` + strings.Repeat(`\n`, 5<<20) + `"`,
		"deepest of objects": strings.Repeat(`{"a":`, jsonwire.MaxDepth) + "1" + strings.Repeat("}", jsonwire.MaxDepth),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := decode(text); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAnyGivesWhatJSONLoadsGives(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		" null\r\n":             nil,
		"true":                  true,
		"\tfalse ":              false,
		"0":                     int64(0),
		"-0":                    int64(0),
		"-9223372036854775808":  int64(math.MinInt64),
		"9223372036854775807":   int64(math.MaxInt64),
		"1e2":                   100.0,
		"1E-2":                  0.01,
		"1.0":                   1.0,
		"1e400":                 math.Inf(1),
		"-1e400":                math.Inf(-1),
		"0.1":                   0.1,
		"5e-324":                5e-324,
		`""`:                    "",
		`"\u0000"`:              "\x00",
		`"\"\\\/\b\f\n\r\t"`:    "\"\\/\b\f\n\r\t",
		`"\u00e9\u20ac"`:        "é€",
		`"\ud83d\ude00 \uFFFD"`: "😀 \uFFFD",
		"\"é\u2028\"":           "é\u2028",
		"\"\x7f\"":              "\x7f",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			if got, err := decode(text); err != nil || got != want {
				t.Errorf("got %#v, %v; want %#v", got, err, want)
			}
		})
	}
	if v, _ := decode("-0.0"); !math.Signbit(v.(float64)) {
		t.Error("-0.0 lost its sign")
	}
	if v, _ := decode(`{"a":1,"b":2,"a":[3]}`); v.(map[string]any)["a"].([]any)[0] != int64(3) {
		t.Errorf("the last of equal keys must count: %v", v)
	}
}

func TestUnquoteUndoesAppendQuote(t *testing.T) {
	t.Parallel()
	for _, v := range []string{"", "a", `"\`, "\x00\x1f\n\t", "é😀\u2028<&>"} {
		if got := jsonwire.Unquote(string(jsonwire.AppendQuote(nil, v))); got != v {
			t.Errorf("got %q, want %q", got, v)
		}
	}
}

func TestRewindReadsAgain(t *testing.T) {
	t.Parallel()
	var s jsonwire.Scanner
	s.Reset(`[[], {"a":[1]}, 2]`)
	s.Open()
	for range 2 {
		s.Elem()
		s.Peek()
		from := s.Pos()
		s.Skip()
		to := s.Pos()
		s.Rewind(from)
		if s.Skip(); s.Pos() != to {
			t.Errorf("second reading ended at %d, the first at %d", s.Pos(), to)
		}
	}
	if !s.Elem() {
		t.Fatal(s.Err())
	}
	s.Peek()
	n, _ := s.Number()
	if n.Text != "2" || s.Elem() || !s.End() {
		t.Errorf("got %v, %v", n, s.Err())
	}
}

func TestFollowsTakesOnlyThatName(t *testing.T) {
	t.Parallel()
	const a, b = `"a":`, `"b":`
	for text, want := range map[string]bool{
		`{"a":1,"b":2}`:      true,
		`{"a": 1, "b": 2}`:   true,
		`{ "a":1, "b":2 }`:   true,
		`{"a":1,"bb":2}`:     false,
		`{"a":1,"b" :2}`:     false,
		`{"a":1 ,"b":2}`:     false,
		`{"a":1,"\u0062":2}`: false,
		`{"a":1}`:            false,
		`{"a":1,"b"`:         false,
		`{"a":1"b":2}`:       false,
	} {
		var s jsonwire.Scanner
		s.Reset(text)
		s.Open()
		if !s.Follows(a) {
			t.Errorf("%s: the first name is not taken", text)
		}
		s.Skip()
		got := s.Follows(b)
		if got != want {
			t.Errorf("%s: got %v", text, got)
		}
		if got {
			s.Skip()
		}
		for _, ok := s.Key(); ok; _, ok = s.Key() {
			s.Skip()
		}
		if _, err := decode(text); s.End() != (err == nil) {
			t.Errorf("%s: read with guesses: %v; without: %v", text, s.Err(), err)
		}
	}
}

func TestFollowsCounts(t *testing.T) {
	t.Parallel()
	var s jsonwire.Scanner
	s.SetLimits(jsonwire.Limits{Members: 2})
	s.Reset(`{"a":1,"a":1,"a":1}`)
	s.Open()
	n := 0
	for s.Follows(`"a":`) {
		s.Skip()
		n++
	}
	if n != 2 || s.Err() == nil {
		t.Errorf("%d members taken, %v", n, s.Err())
	}
}
