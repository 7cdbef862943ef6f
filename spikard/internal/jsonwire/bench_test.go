package jsonwire_test

import (
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// texts are lists of what makes most of a body, 100 kB each.
func texts() map[string]string {
	list := func(item string) string {
		return "[" + strings.Repeat(item+",", 100_000/len(item)) + item + "]"
	}
	return map[string]string{
		"objects":  list(`{"id":7919,"name":"Ada Lovelace","active":true,"score":35.4,"tags":["red","green"],"note":null}`),
		"indented": list("\n  {\n    \"id\": 7919,\n    \"tags\": [\n      \"red\",\n      \"green\"\n    ]\n  }"),
		"strings":  list(`"` + strings.Repeat("lorem ipsum dolor sit amet ", 8) + `"`),
		"unicode":  list(`"Überraschung naïve Ærøskøbing Привет мир 日本語 😀"`),
		"escapes":  list(`"line\n\"quoted\"\tand \u00e9"`),
		"ints":     list("1234567"),
		"floats":   list("0.12345678901234567"),
	}
}

func BenchmarkAny(b *testing.B) {
	for name, text := range texts() {
		b.Run(name, func(b *testing.B) {
			var s jsonwire.Scanner
			var w wire.Writer
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				w.Reset()
				s.Reset(text)
				if s.Any(&w); !s.End() {
					b.Fatal(s.Err())
				}
			}
		})
	}
}

func BenchmarkSkip(b *testing.B) {
	text := texts()["objects"]
	var s jsonwire.Scanner
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s.Reset(text)
		if s.Skip(); !s.End() {
			b.Fatal(s.Err())
		}
	}
}
