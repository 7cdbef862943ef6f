package pattern

import (
	"strings"
	"testing"

	"github.com/dlclark/regexp2"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		regexp2.StopTimeoutClock()
		if err := goleak.Find(); err != nil && code == 0 {
			panic(err)
		}
	}))
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern     string
		yes, no     []string
		backtracked bool
	}{
		{pattern: `b+`, yes: []string{"abc"}, no: []string{"ac"}},
		{pattern: `^[A-Z0-9]{8}$`, yes: []string{"ABCD1234"}, no: []string{"ABCD1234\n", "abcd1234"}},
		{pattern: `a$`, yes: []string{"ba"}, no: []string{"a\n", "a\nb"}},
		{pattern: `(?m)a$`, yes: []string{"a\nb"}, no: []string{"ab"}},
		{pattern: `a\Z`, yes: []string{"a"}, no: []string{"a\n"}},
		{pattern: `^\d+$`, yes: []string{"12"}, no: []string{"١٢"}},
		{pattern: `^\D$`, yes: []string{"é", "a", "😀"}, no: []string{"1"}},
		{pattern: `^[^\D]$`, yes: []string{"1"}, no: []string{"é"}},
		{pattern: `^\w+$`, yes: []string{"a_1"}, no: []string{"é", "-"}},
		{pattern: `^[\W]$`, yes: []string{"-", "é"}, no: []string{"a", "_"}},
		{pattern: `^\s$`, yes: []string{" ", "\v", "\u00a0", "\u2003", "\ufeff"}, no: []string{"x", "\u200b"}},
		{pattern: `^[\S]$`, yes: []string{"x", "😀"}, no: []string{"\u3000", "\n"}},
		{pattern: `^a\/b\-c$`, yes: []string{"a/b-c"}},
		{pattern: `^\u00e9\x41\u{1F600}\uD83D\uDE00\cJ\0$`, yes: []string{"éA😀😀\n\x00"}},
		{pattern: `^[\b]$`, yes: []string{"\b"}, no: []string{"b"}},
		{pattern: `^[[a]$`, yes: []string{"[", "a"}, no: []string{"b"}},
		{pattern: `^[[:alpha:]$`, yes: []string{"[", ":", "h"}, no: []string{"z"}},
		{pattern: `^[]a]$`, yes: []string{"]", "a"}},
		{pattern: `^[^]a]$`, yes: []string{"b"}, no: []string{"]", "a"}},
		{pattern: `^(?<year>\d{4})(?P<dash>-)$`, yes: []string{"2024-"}},
		{pattern: `^\p{Script=Greek}\p{Lu}\p{L}$`, yes: []string{"αAé"}, no: []string{"aAé"}},
		{pattern: `^[^\x00]+$`, yes: []string{"a"}, no: []string{"a\x00"}},
		{pattern: `^\é$`, yes: []string{"é"}},
		{pattern: `^(?=.*\d)(?=.*[a-z]).{4,}$`, yes: []string{"abc1"}, no: []string{"abcd", "a1"}, backtracked: true},
		{pattern: `^(?!admin)\w+$`, yes: []string{"user"}, no: []string{"admin1", "user\n"}, backtracked: true},
		{pattern: `(?<=a)b`, yes: []string{"ab"}, no: []string{"b"}, backtracked: true},
		{pattern: `^(a|b)\1$`, yes: []string{"aa"}, no: []string{"ab"}, backtracked: true},
		{pattern: `^(?P<q>['"]).*(?P=q)$`, yes: []string{`'x'`}, no: []string{`'x"`}, backtracked: true},
		{pattern: `^(?<q>['"])\k<q>$`, yes: []string{`''`}, no: []string{`'"`}, backtracked: true},
		{pattern: `^(?!x)[\S\d][^\W\d]\u{1F600}\x2e$`, yes: []string{"éb😀."}, no: []string{"é1😀."}, backtracked: true},
		{pattern: `^a{2000}$`, yes: []string{strings.Repeat("a", 2000)}, no: []string{"a"}, backtracked: true},
	} {
		t.Run(c.pattern, func(t *testing.T) {
			t.Parallel()
			p, err := Compile(c.pattern)
			if err != nil {
				t.Fatal(err)
			}
			if p.Backtracks() != c.backtracked || p.String() != c.pattern {
				t.Errorf("backtracks: %v, text %q", p.Backtracks(), p)
			}
			for _, v := range c.yes {
				if !p.Match(v) {
					t.Errorf("%q is not found", v)
				}
			}
			for _, v := range c.no {
				if p.Match(v) {
					t.Errorf("%q is found", v)
				}
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"(", "[a", `\`, `\u12`, `\x`, `\ud800`, `\c1`, `\y`, "a**", "(?<n", "\xff", `\u{110000}`} {
		_, err := Compile(pattern)
		if err == nil || !strings.HasPrefix(err.Error(), "pattern \"") {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}

// TestSearchEnds gives patterns that would try for years. How long a search
// takes is for the engine's clock, so only its outcome is looked at: a search
// that went on would run into the test's own deadline.
func TestSearchEnds(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a", 30_000)
	for _, pattern := range []string{`(a+)+(?=b)$`, `^(a|aa)+(?=b)$`, `(?:(a*)*)*\1b`} {
		p, err := Compile(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if found, inTime := p.Search(text); found || inTime || p.Match(text) {
			t.Errorf("%s: found %v, in time %v", pattern, found, inTime)
		}
	}
	p, err := Compile(`(a+)+$`)
	if err != nil {
		t.Fatal(err)
	}
	if found, inTime := p.Search(text + "b"); found || !inTime {
		t.Errorf("found %v, in time %v", found, inTime)
	}
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{`^[\w.]+$`, `(?=a)\u{1F600}`, `[^]\S]`, `(?P<a>x)(?P=a)`, `\cA\0\x41`, `[[:alpha:]]`, `(?m)^$`} {
		f.Add(seed, "abc")
	}
	f.Fuzz(func(_ *testing.T, pattern, text string) {
		p, err := Compile(pattern)
		if err == nil && len(text) < 1<<10 {
			p.Match(text)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	for _, pattern := range []string{`^[a-z]+$`, `^(?=.*z)[a-z]+$`} {
		p, err := Compile(pattern)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(pattern, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Match("abcxyz")
			}
		})
	}
}
