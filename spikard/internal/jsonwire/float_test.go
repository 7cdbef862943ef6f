package jsonwire_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

func number(t *testing.T, text string) jsonwire.Num {
	t.Helper()
	var s jsonwire.Scanner
	s.Reset(text)
	s.Peek()
	n, ok := s.Number()
	if !ok || !s.End() {
		t.Fatalf("%s: %v", text, s.Err())
	}
	return n
}

func sameFloat(t *testing.T, text string) {
	t.Helper()
	want, _ := strconv.ParseFloat(text, 64) // its error is the infinity
	if got := number(t, text).Float64(); math.Float64bits(got) != math.Float64bits(want) {
		t.Errorf("%s: got %v, want %v", text, got, want)
	}
}

func TestFloatsAtTheEdges(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"0.0", "-0.0", "0e5", "-0e-5", "1e22", "1e23", "1e27", "1e28", "1e-27", "1e-28", "1e308", "1e309", "-1e400",
		"5e-324", "2e-324", "2.2250738585072011e-308", "1.7976931348623157e308", "9007199254740993", "9007199254740993.0",
		// Halfway between two floats, and a little to either side.
		"9007199254740993e0", "9007199254740992.99999", "9007199254740993.00001", "0.500000000000000166533453693773481063544750213623046875",
		"1.00000000000000011102230246251565404236316680908203125", "4503599627370497.5", "4503599627370496.5", "18446744073709551615e0",
		"18446744073709550591e0", "18446744073709550592e0", "99999999999999999999e0", "9223372036854775808e27", "7450580596923828125e-27",
		"0.0000000000000000000000000123456789", "1234567890123456789e-27", "12345678901234567890123e-5",
		"1e99999999999999999999", "1e-99999999999999999999", "0." + strings.Repeat("0", 400) + "1e401", "1" + strings.Repeat("0", 400) + "e-400",
	} {
		sameFloat(t, text)
	}
}

// TestFloatsAreTheNearest holds the arithmetic against strconv's.
func TestFloatsAreTheNearest(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 300_000 {
		mantissa := r.Uint64() >> r.IntN(64)
		text := strconv.FormatUint(mantissa, 10) + "e" + strconv.Itoa(r.IntN(64)-32)
		sameFloat(t, text)
		f := math.Float64frombits(r.Uint64())
		if !math.IsNaN(f) && !math.IsInf(f, 0) {
			sameFloat(t, strconv.FormatFloat(f, 'g', 1+r.IntN(20), 64))
		}
		sameFloat(t, strconv.FormatFloat((r.Float64()-0.5)*math.Pow10(r.IntN(20)-6), 'f', 1+r.IntN(25), 64))
	}
}

func TestIntegersThatFit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "-0": 0, "-1": -1, "999999999999999999": 999999999999999999, "9223372036854775807": math.MaxInt64,
		"-9223372036854775807": -math.MaxInt64, "-9223372036854775808": math.MinInt64,
	} {
		if got, ok := number(t, text).Int64(); !ok || got != want {
			t.Errorf("%s: got %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"9223372036854775808", "-9223372036854775809", "18446744073709551616", "36893488147419103232", "1.0", "1e1"} {
		if got, ok := number(t, text).Int64(); ok {
			t.Errorf("%s: got %d", text, got)
		}
	}
}
