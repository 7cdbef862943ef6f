//go:build cgo && (linux || darwin) && (amd64 || arm64)

package property

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
)

// jsonGen draws texts that are JSON, in every way in which it can be written.
type jsonGen struct {
	*rand.Rand
	b strings.Builder
}

// text draws one JSON text.
func (g *jsonGen) text() string {
	g.b.Reset()
	g.space()
	g.value(1 + g.IntN(5))
	g.space()
	return g.b.String()
}

// broken draws a text that is JSON but for one thing, which may be harmless.
func (g *jsonGen) broken() string {
	text := g.text()
	at := g.IntN(len(text) + 1)
	switch g.IntN(4) {
	case 0:
		return text[:at]
	case 1:
		return text[:at] + text[min(at+1+g.IntN(3), len(text)):]
	case 2:
		return text[:at] + pick(g, oddities...) + text[at:]
	default:
		return text[:at] + string(rune(g.IntN(0x80))) + text[at:]
	}
}

// oddities are what parsers disagree about.
var oddities = []string{
	"NaN", "Infinity", "-Infinity", "nan", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x1", "1_0", "'", "\"", "\\",
	`\ud800`, `\udc00\ud800`, `\ud83d\ude00`, `\ud83d \ude00`, `\u12`, `\u00`, `\x41`, `\U0001f600`, "\xff", "\xc3", "\xa9", "\xed\xa0\x80", "\xf4\x90\x80\x80",
	"\xc0\xaf", "\ufeff", "\u00a0", "\u2028", "\x00", "\x0b", "\x7f", "/**/", "//", "#", ",", ",,", ":", "[", "]", "{", "}", "true", "nul", "None", "True",
}

func pick(g *jsonGen, from ...string) string { return from[g.IntN(len(from))] }

func (g *jsonGen) space() {
	for range max(0, g.IntN(8)-5) {
		g.b.WriteString(pick(g, " ", "\t", "\n", "\r\n", "\n        ", "  "))
	}
}

func (g *jsonGen) value(depth int) {
	kinds := 7
	if depth == 0 {
		kinds = 5
	}
	switch g.IntN(kinds) {
	case 0:
		g.b.WriteString(pick(g, "null", "true", "false"))
	case 1:
		g.integer()
	case 2:
		g.float()
	case 3, 4:
		g.str()
	case 5:
		g.list(depth)
	default:
		g.object(depth)
	}
}

func (g *jsonGen) list(depth int) {
	g.b.WriteByte('[')
	g.space()
	for i := range g.IntN(6) {
		if i > 0 {
			g.comma()
		}
		g.value(depth - 1)
		g.space()
	}
	g.b.WriteByte(']')
}

func (g *jsonGen) comma() {
	g.b.WriteByte(',')
	g.space()
}

// object draws names from a few, so that some come again.
func (g *jsonGen) object(depth int) {
	g.b.WriteByte('{')
	g.space()
	for i := range g.IntN(6) {
		if i > 0 {
			g.comma()
		}
		if g.IntN(2) == 0 {
			g.b.WriteString(pick(g, `"a"`, `"b"`, `"\u0061"`, `""`, `"é"`, `"\u00e9"`, `"a longer name"`))
		} else {
			g.str()
		}
		g.space()
		g.b.WriteByte(':')
		g.space()
		g.value(depth - 1)
		g.space()
	}
	g.b.WriteByte('}')
}

func (g *jsonGen) integer() {
	switch g.IntN(4) {
	case 0:
		g.b.WriteString(strconv.Itoa(g.IntN(300) - 20))
	case 1:
		g.b.WriteString(strconv.FormatInt(int64(g.Uint64())>>g.IntN(64), 10))
	case 2:
		g.b.WriteString(pick(g, "-0", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
			"-9223372036854775809", "18446744073709551616", "4503599627370497", "1073741824", "-1073741825"))
	default:
		g.b.WriteString(pick(g, "", "-") + strconv.Itoa(1+g.IntN(9)) + g.digits(40))
	}
}

func (g *jsonGen) float() {
	f := math.Float64frombits(g.Uint64())
	if g.IntN(2) == 0 || math.IsNaN(f) || math.IsInf(f, 0) {
		f = (g.Float64() - 0.5) * math.Pow10(g.IntN(30)-10)
	}
	switch g.IntN(4) {
	case 0: // the shortest that is f, as programs write it
		g.b.WriteString(strconv.FormatFloat(f, pick(g, "e", "f", "g")[0], -1, 64))
	case 1: // f or what is near it
		g.b.WriteString(strconv.FormatFloat(f, pick(g, "e", "f")[0], g.IntN(30), 64))
	case 2:
		g.b.WriteString(pick(g, "-0.0", "0.0", "1e5", "1E+5", "0e-0", "-0E0", "1e400", "-1e400", "1e-400", "5e-324",
			"2.4703282292062327e-324", "1.7976931348623158e308", "9007199254740993.0", "0.1e1", "123456789012345678901234567890e-10"))
	default:
		g.b.WriteString(pick(g, "", "-") + strconv.Itoa(g.IntN(1000)) + "." + strconv.Itoa(g.IntN(10)) + g.digits(25))
		if g.IntN(2) == 0 {
			g.b.WriteString(pick(g, "e", "E") + pick(g, "", "+", "-") + strconv.Itoa(g.IntN(40)))
		}
	}
}

// digits draws up to n of them, seldom very many.
func (g *jsonGen) digits(n int) string {
	n = g.IntN(n)
	if g.IntN(50) == 0 {
		n = g.IntN(5000)
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + byte(g.IntN(10))
	}
	return string(b)
}

func (g *jsonGen) str() {
	g.b.WriteByte('"')
	for range g.IntN(20) {
		switch g.IntN(8) {
		case 0:
			g.b.WriteString(pick(g, `\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t`))
		case 1:
			g.b.WriteString(pick(g, `\u0000`, `\u0041`, `\u00E9`, `\u20ac`, `\uD83D\uDE00`, `\uffff`, `\u001f`))
		case 2:
			g.b.WriteString(pick(g, "é", "ß", "€", "日本", "😀", "\u007f", "\u0080", "\u07ff", "\u0800", "\uffff", "\U0010ffff", "\u2028"))
		default:
			g.b.WriteString(pick(g, "a", "Z", "0", " ", "word", "eight by", "/", "'", "<>&"))
		}
	}
	g.b.WriteByte('"')
}
