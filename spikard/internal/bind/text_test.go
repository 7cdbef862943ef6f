package bind

import (
	"encoding/json"
	"math"
	"math/big"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

// refused stands for a fault of the kind it names.
type refused string

func bigInt(v string) *big.Int {
	n, _ := new(big.Int).SetString(v, 10)
	return n
}

// textCases are the texts of a parameter and what becomes of them. Where a type
// is pydantic's too, so are the results (2.13), but for NaN and infinities.
var textCases = map[pybridge.TypeKind]map[string]any{
	pybridge.TypeInt: {
		"1": int64(1), "+1": int64(1), "-1": int64(-1), " 1 ": int64(1), "\u00a01": int64(1), "\t1\n": int64(1),
		"1_000": int64(1000), "007": int64(7), "-007": int64(-7), "1.0": int64(1), "1.00": int64(1), "1_0.0": int64(10),
		"-0": int64(0), "-1.0": int64(-1), "00.0": int64(0), "0_1": int64(1), "0_0.0": int64(0),
		"9223372036854775807": int64(math.MaxInt64), "-9223372036854775808": int64(math.MinInt64),
		"9223372036854775808": bigInt("9223372036854775808"), "-0009223372036854775809": bigInt("-9223372036854775809"),
		strings.Repeat("0", 4400) + "1": int64(1), strings.Repeat("1", 4300): bigInt(strings.Repeat("1", 4300)),
		strings.Repeat("1", 4301): refused("int_parsing_size"),
		"1__0":                    refused("int_parsing"), "_1": refused("int_parsing"), "1_": refused("int_parsing"),
		"1.": refused("int_parsing"), "+-1": refused("int_parsing"), "1.5": refused("int_parsing"),
		"1e3": refused("int_parsing"), "": refused("int_parsing"), " ": refused("int_parsing"),
		"0x10": refused("int_parsing"), "٣": refused("int_parsing"), ".0": refused("int_parsing"),
		"1.0_0": refused("int_parsing"), "+ 1": refused("int_parsing"), "-": refused("int_parsing"), "-_1": refused("int_parsing"),
	},
	pybridge.TypeFloat: {
		"1": 1.0, "1.5": 1.5, " 1 ": 1.0, "1_000": 1000.0, "1e5": 1e5, ".5": 0.5, "5.": 5.0, "+1.5": 1.5, "1_0.5": 10.5,
		"1e1_0": 1e10, "1e-400": 0.0, "1.5e-3": 0.0015,
		"nan": refused("finite_number"), "inf": refused("finite_number"), "-Infinity": refused("finite_number"),
		"1e400": refused("finite_number"), "": refused("float_parsing"), "0x1p3": refused("float_parsing"),
		"_1": refused("float_parsing"), "1__0": refused("float_parsing"), "1e": refused("float_parsing"),
	},
	pybridge.TypeBool: {
		"true": true, "TRUE": true, "1": true, "yes": true, "on": true, "t": true, "Y": true,
		"false": false, "False": false, "0": false, "no": false, "OFF": false, "f": false, "n": false,
		" true": refused("bool_parsing"), "2": refused("bool_parsing"), "maybe": refused("bool_parsing"),
		// A flag that was given without a value is off.
		"": false,
	},
	pybridge.TypeDecimal: {
		"1": "1", "1.50": "1.50", " 1 ": "1", "1_000": "1000", "1e5": "1e5", "+1": "+1", ".5": ".5", "5.": "5.", "1e999999": "1e999999",
		"nan": refused("finite_number"), "-inf": refused("finite_number"), "": refused("decimal_parsing"),
		"1..5": refused("decimal_parsing"), "1e": refused("decimal_parsing"), "abc": refused("decimal_parsing"), ".": refused("decimal_parsing"),
		"1e9999999999999999999": refused("decimal_parsing"),
	},
	pybridge.TypeUUID: {
		"c892496fb1fd4b91bdb8b46f92df1716":              "c892496f-b1fd-4b91-bdb8-b46f92df1716",
		"{c892496f-b1fd-4b91-bdb8-b46f92df1716}":        "c892496f-b1fd-4b91-bdb8-b46f92df1716",
		"urn:uuid:c892496f-b1fd-4b91-bdb8-b46f92df1716": "c892496f-b1fd-4b91-bdb8-b46f92df1716",
		"C892496F-B1FD-4B91-BDB8-B46F92DF1716":          "c892496f-b1fd-4b91-bdb8-b46f92df1716",
		"not-a-uuid":                                    refused("uuid_parsing"),
		"c892496f-b1fd-4b91-bdb8-b46f92df171":           refused("uuid_parsing"),
		"c892496-fb1fd-4b91-bdb8-b46f92df1716":          refused("uuid_parsing"),
		"c892496fb1fd4b91bdb8b46f92df171-":              refused("uuid_parsing"),
		"":                                              refused("uuid_parsing"),
	},
	pybridge.TypeDateTime: {
		"2024-01-15T10:30:00Z":             "2024-01-15T10:30:00+00:00",
		"2024-01-15 10:30":                 "2024-01-15T10:30:00",
		"2024-01-15t10:30:00.123456789z":   "2024-01-15T10:30:00.123456+00:00",
		"2024-01-15T10:30:00.5":            "2024-01-15T10:30:00.500000",
		"2024-01-15T10:30:00,5":            "2024-01-15T10:30:00.500000",
		"2024-01-15T10:30+05:30":           "2024-01-15T10:30:00+05:30",
		"2024-01-15T10:30-0530":            "2024-01-15T10:30:00-05:30",
		"2024-01-15T10:30:00\u221205:00":   "2024-01-15T10:30:00-05:00",
		"2024-01-15":                       "2024-01-15T00:00:00",
		"2024-02-29_10:30":                 "2024-02-29T10:30:00",
		"2023-02-29T10:30":                 refused("datetime_parsing"),
		"2024-01-15T24:00:00":              refused("datetime_parsing"),
		"2024-01-15T10:30:60":              refused("datetime_parsing"),
		"2024-1-5T10:30":                   refused("datetime_parsing"),
		"0000-01-01T00:00":                 refused("datetime_parsing"),
		"2024-01-15T10:30:00+24:00":        refused("datetime_parsing"),
		"2024-01-15T10":                    refused("datetime_parsing"),
		"2024-01-15T10:30:00.":             refused("datetime_parsing"),
		"2024-01-15T10:30:00Zx":            refused("datetime_parsing"),
		"not-a-datetime":                   refused("datetime_parsing"),
		"":                                 refused("datetime_parsing"),
		"2024-01-15T1x:30":                 refused("datetime_parsing"),
		"2024-01-15T10:30:00+1":            refused("datetime_parsing"),
		"2024-01-15T10:30:00.1234567891Z ": refused("datetime_parsing"),
	},
	pybridge.TypeDate: {
		"2024-01-15": "2024-01-15", "2024-01-15T00:00:00": "2024-01-15", "2024-01-15T00:00:00Z": "2024-01-15",
		"2024-01-15T00:00:01": refused("date_parsing"), "20240115": refused("date_parsing"),
		"2024-13-45": refused("date_parsing"), "2025-04-31": refused("date_parsing"),
	},
	pybridge.TypeTime: {
		"10:30": "10:30:00", "10:30:15.5": "10:30:15.500000", "10:30Z": "10:30:00+00:00", "10:30+01:00": "10:30:00+01:00",
		"25:00": refused("time_parsing"), "10": refused("time_parsing"), "36000": refused("time_parsing"), "10:3": refused("time_parsing"),
	},
	pybridge.TypeDuration: {
		"P1DT2H30M": 95400.0, "PT1H": 3600.0, "P1W": 604800.0, "P1Y": 31536000.0, "P1M": 2592000.0, "-P1D": -86400.0,
		"PT0.5S": 0.5, "PT1.5H": 5400.0, "P1DT": 86400.0, "+PT1H": 3600.0, "PT0.000001S": 1e-6,
		"1 day, 02:00:00": 93600.0, "1 days 02:00:00": 93600.0, "02:30": 9000.0, "-02:30": -9000.0, "1d": 86400.0, "1 day": 86400.0,
		"P-1D": refused("time_delta_parsing"), "3600": refused("time_delta_parsing"), "P": refused("time_delta_parsing"),
		"PT": refused("time_delta_parsing"), "PT1H30": refused("time_delta_parsing"), "p1d": refused("time_delta_parsing"),
		"P1D2H": refused("time_delta_parsing"), "": refused("time_delta_parsing"), "P99999999999999999D": refused("time_delta_parsing"),
		"PT1.1.1S": refused("time_delta_parsing"), "02:30Z": refused("time_delta_parsing"),
		"P100000Y100000Y100000Y": refused("time_delta_parsing"),
	},
	pybridge.TypeStr: {"": "", "é😀": "é😀", " a ": " a "},
	pybridge.TypeAny: {"1": "1", "": ""},
	pybridge.TypeNone: {
		"": refused("none_required"), "null": refused("none_required"),
	},
	pybridge.TypeBytes: {"é": []byte("é"), "": []byte{}},
}

func TestTextOfEachKind(t *testing.T) {
	t.Parallel()
	for kind, cases := range textCases {
		b := mustCompile(t, nil, function(pybridge.Param{Alias: "v", In: pybridge.InQuery, Required: true, Type: typ(kind)}))
		for text, want := range cases {
			t.Run(string(kind)+"/"+text[:min(len(text), 40)], func(t *testing.T) {
				t.Parallel()
				checkText(t, b, text, want)
			})
		}
	}
}

func checkText(t *testing.T, b *Binder, text string, want any) {
	t.Helper()
	got, p := writes(t, b, &fakeExchange{query: "v=" + url.QueryEscape(text)}, "")
	kind, isFault := want.(refused)
	switch {
	case isFault && p == nil:
		t.Errorf("%q was taken as %v", text, got[0])
	case isFault && p.Errors[0].Type != string(kind):
		t.Errorf("%q: %s, want %s", text, p.Errors[0].Type, kind)
	case isFault:
		var input string
		if err := json.Unmarshal(p.Errors[0].Input, &input); err != nil || input != text {
			t.Errorf("input is %s, want %q", p.Errors[0].Input, text)
		}
	case p != nil:
		t.Errorf("%q: %s", text, errorsOf(t, p))
	case !reflect.DeepEqual(got[0], want):
		t.Errorf("%q: got %#v, want %#v", text, got[0], want)
	}
}

func TestTextOfUnionsAndChoices(t *testing.T) {
	t.Parallel()
	integer, str := typ(pybridge.TypeInt), typ(pybridge.TypeStr)
	choice := func(values ...string) *pybridge.Type {
		out := typ(pybridge.TypeLiteral)
		for _, v := range values {
			out.Values = append(out.Values, json.RawMessage(v))
		}
		return out
	}
	enum := choice(`"a"`, "2")
	enum.Kind, enum.Converter = pybridge.TypeEnum, 5
	for name, c := range map[string]struct {
		t    *pybridge.Type
		text string
		want any
	}{
		"str wins over int":           {typ(pybridge.TypeUnion, integer, str), "1", "1"},
		"int before float":            {typ(pybridge.TypeUnion, integer, typ(pybridge.TypeFloat)), "1", int64(1)},
		"float when no int":           {typ(pybridge.TypeUnion, integer, typ(pybridge.TypeFloat)), "1.5", 1.5},
		"neither":                     {typ(pybridge.TypeUnion, integer, typ(pybridge.TypeFloat)), "a", refused("validation_error")},
		"optional":                    {optional(integer), "1", int64(1)},
		"empty optional":              {optional(integer), "", refused("int_parsing")},
		"empty optional bool":         {optional(typ(pybridge.TypeBool)), "", refused("bool_parsing")},
		"constraint on the union":     {with(optional(integer), pybridge.Constraints{Ge: ptr(json.Number("5"))}), "4", refused("greater_than_equal")},
		"literal str":                 {choice(`"a"`, `"b"`), "b", "b"},
		"literal other":               {choice(`"a"`, `"b"`), "c", refused("enum")},
		"literal int":                 {choice("1", "2"), "2", int64(2)},
		"literal int spelt otherwise": {choice("1", "2"), "02", int64(2)},
		"literal big int":             {choice("92233720368547758080"), "92233720368547758080", bigInt("92233720368547758080")},
		"literal bool":                {choice("true"), "on", true},
		"literal float":               {choice("1.5"), "1.50", 1.5},
		"string before number":        {choice("1", `"1"`), "1", "1"},
		"literal or int":              {typ(pybridge.TypeUnion, integer, choice(`"all"`)), "all", "all"},
		"int or literal":              {typ(pybridge.TypeUnion, integer, choice(`"all"`)), "3", int64(3)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := mustCompile(t, nil, function(pybridge.Param{Alias: "v", In: pybridge.InQuery, Required: true, Type: c.t}))
			checkText(t, b, c.text, c.want)
		})
	}
}
