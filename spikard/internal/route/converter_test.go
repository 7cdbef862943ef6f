package route

import (
	"strings"
	"testing"
)

func TestConverterAccepts(t *testing.T) {
	t.Parallel()
	const uuid = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
	for _, tc := range []struct {
		converter Converter
		yes, no   []string
	}{
		{Str, []string{"a", "1", "%2F"}, nil},
		{Path, []string{"", "a/b"}, nil},
		{
			Int,
			[]string{"0", "12", "-5", "+5", "%2B5", strings.Repeat("9", 300)},
			[]string{"", "-", "a", "1.0", "1a", "1_000", "%20", "%2B", "%", "5%", "%2B" + strings.Repeat("9", 300)},
		},
		{Float, []string{"1", "1.5", ".5", "1.", "-1e9", "1E-9", "1.5e+3"}, []string{"", ".", "e5", "1e", "1.5.1", "nan", "inf", "1,5"}},
		{Bool, []string{"true", "False", "1", "0", "YES", "no", "on", "off", "t", "f", "y", "N"}, []string{"", "2", "tru", "truee", "maybe"}},
		{
			UUID,
			[]string{uuid, strings.ToUpper(uuid), strings.ReplaceAll(uuid, "-", "")},
			[]string{"", uuid[1:], uuid + "0", strings.Replace(uuid, "b", "g", 1), strings.Replace(uuid, "-", "0", 1)},
		},
		{
			Date,
			[]string{"2024-02-29", "2000-02-29", "1999-12-31"},
			[]string{"", "2023-02-29", "1900-02-29", "2024-13-01", "2024-00-01", "2024-04-31", "2024-1-1", "20240101", "0000-01-01", "2024-01-01T00:00"},
		},
		{DateTime, []string{
			"2024-01-01T10:00", "2024-01-01T10:00:59", "2024-01-01t10:00:00.123456z", "2024-01-01%2010:00:00,5Z",
			"2024-01-01T10%3A00%3A00%2B02%3A00", "2024-01-01T10:00+0200", "2024-01-01T10:00-02",
		}, []string{
			"", "2024-01-01", "2024-01-01T24:00", "2024-01-01T10:60", "2024-01-01T10:00:60", "2024-01-01T10:00:00.",
			"2024-01-01X10:00", "2024-01-01T10-00", "2024-01-01T1x:00", "2024-01-01T10:00+2", "2024-01-01T10:00+24", "2024-01-01T10:00+02:60", "2024-01-01T10:00Zz", "2023-02-29T10:00",
		}},
	} {
		for _, s := range tc.yes {
			if !tc.converter.accepts(s) {
				t.Errorf("%s refuses %q", tc.converter, s)
			}
		}
		for _, s := range tc.no {
			if tc.converter.accepts(s) {
				t.Errorf("%s accepts %q", tc.converter, s)
			}
		}
	}
}

func TestConverterNames(t *testing.T) {
	t.Parallel()
	for c := Str; c <= Path; c++ {
		if got, ok := converterByName(c.String()); got != c || !ok {
			t.Errorf("%d: %q gives %d, %t", c, c, got, ok)
		}
	}
	if got := (Path + 1).String(); got != "unknown" {
		t.Errorf("got %q", got)
	}
}
