//go:build cgo && (linux || darwin) && (amd64 || arm64)

package property

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// TestJSON sends texts that are JSON and such that are not quite: a handler is
// given what json.loads gives, or the client gets a 400 where it refuses.
func TestJSON(t *testing.T) {
	s := serve(t, "json_app:app")
	g := &jsonGen{Rand: seeded(t)}
	taken, refused := 0, 0
	for range cases(t, 4000) {
		text := g.text()
		if g.IntN(3) == 0 {
			text = g.broken()
		}
		if s.agrees(t, text) {
			taken++
		} else {
			refused++
		}
	}
	t.Logf("%d texts taken, %d refused", taken, refused)
	if taken == 0 || refused == 0 {
		t.Error("the texts are all of one kind")
	}
}

// agrees sends a text and tells whether it was taken, rightly or not.
func (s *site) agrees(t *testing.T, text string) (taken bool) {
	t.Helper()
	status, answer := s.post(t, "/given", text)
	if status == http.StatusOK {
		if answer["difference"] != "" {
			t.Errorf("%q: %v", text, answer["difference"])
		}
		return true
	}
	// No body at all lacks the parameter; everything else isn't JSON.
	if status != http.StatusBadRequest && text != "" {
		t.Errorf("%q: %d %v", text, status, answer)
	}
	if _, verdict := s.post(t, "/verdict", text); verdict["refusal"] == "" {
		t.Errorf("%q: json.loads takes it, the answer is %v", text, answer)
	}
	return false
}

// TestLongJSON is for sizes that the random texts don't come to.
func TestLongJSON(t *testing.T) {
	s := serve(t, "json_app:app")
	members := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(`,"k` + strconv.Itoa(i) + `":0`)
		}
		return "{" + b.String()[1:] + "}"
	}
	for name, text := range map[string]string{
		"long string":          `"` + strings.Repeat("x", 4<<20) + `"`,
		"long in UTF-8":        `"` + strings.Repeat("é€😀", 1<<18) + `"`,
		"many escapes":         `"` + strings.Repeat(`\n\u00e9`, 1<<18) + `"`,
		"many values":          "[" + strings.Repeat("0,", 300_000) + "0]",
		"one name many times":  "{" + strings.Repeat(`"a":1,`, 50_000) + `"a":2}`,
		"most members":         members(100_000),
		"deepest arrays":       strings.Repeat("[", 512) + strings.Repeat("]", 512),
		"deepest objects":      strings.Repeat(`{"a":`, 512) + "1" + strings.Repeat("}", 512),
		"longest integer":      strings.Repeat("9", 4300),
		"long fraction":        "0." + strings.Repeat("123456789", 10_000),
		"long mantissa":        strings.Repeat("123456789", 10_000) + "e-89990",
		"zeros before a digit": "0." + strings.Repeat("0", 10_000) + "1e10001",
		"byte order mark":      "\ufeff{}",
	} {
		if !s.agrees(t, text) {
			t.Errorf("%s: refused", name)
		}
	}
}

// TestJSONBeyondLimits is for what json.loads takes and we don't.
func TestJSONBeyondLimits(t *testing.T) {
	s := serve(t, "json_app:app")
	const malformed, limit = "", "https://spikard.dev/errors/limit-exceeded"
	members := "{" + strings.Repeat(`"a":1,`, 100_000) + `"a":2}`
	for name, c := range map[string]struct{ path, text, kind string }{
		"arrays too deep":      {"/given", strings.Repeat("[", 513) + strings.Repeat("]", 513), limit},
		"objects too deep":     {"/given", strings.Repeat(`{"a":`, 513) + "1" + strings.Repeat("}", 513), limit},
		"brackets without end": {"/given", strings.Repeat("[", 1<<20), limit},
		"integer too long":     {"/given", strings.Repeat("9", 4301), limit},
		"too many members":     {"/given", members, limit},
		"and not on top":       {"/given", `[{"a":` + members + `}]`, limit},
		"too long a query":     {"/given?" + strings.Repeat("a=1&", 1000) + "a=1", "1", limit},
		"NaN":                  {"/given", "[NaN]", malformed},
		"Infinity":             {"/given", "Infinity", malformed},
		"-Infinity":            {"/given", `{"a":-Infinity}`, malformed},
		"escaped surrogate":    {"/given", `"\ud800"`, malformed},
		"surrogate in a name":  {"/given", `{"\udc00":1}`, malformed},
		"surrogate in bytes":   {"/given", "\"\xed\xa0\x80\"", malformed},
		"not UTF-8":            {"/given", "\"\xff\"", malformed},
		"half a character":     {"/given", "\"\xe2\x82\"", malformed},
	} {
		status, answer := s.post(t, c.path, c.text)
		kind, _ := answer["type"].(string)
		if status != http.StatusBadRequest || kind != c.kind || kind == malformed && answer["detail"] != "Invalid request format" {
			t.Errorf("%s: %d %v", name, status, answer)
		}
		if !s.agrees(t, `{"good":[1]}`) {
			t.Errorf("after %s: a good body is refused", name)
		}
	}
}
