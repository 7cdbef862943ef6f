package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Placeholders that an expected value may be.
const (
	anyUUID = "<<uuid>>"
	present = "<<present>>"
	absent  = "<<absent>>"
)

var uuidText = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// sample is a value that satisfies an expectation, for a handler to return.
func sample(want string) string {
	switch want {
	case anyUUID:
		return "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
	case present:
		return "present"
	}
	return strings.ReplaceAll(want, ".*", "1")
}

// samples does the same throughout a body. Only whole placeholders count
// there: ".*" in a body is text.
func samples(v any) any {
	switch v := v.(type) {
	case string:
		if v == anyUUID || v == present {
			return sample(v)
		}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = samples(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = samples(v[k])
		}
		return out
	}
	return v
}

// differ compares two decoded JSON values and says where they first differ;
// an empty text means that they are equal. Numbers are compared by value, and
// everything else with its type.
func differ(want, got any, at string) string {
	switch want := want.(type) {
	case map[string]any:
		return differObject(want, got, at)
	case []any:
		return differArray(want, got, at)
	case json.Number:
		if n, ok := got.(json.Number); ok && sameNumber(want.String(), n.String()) {
			return ""
		}
	case string:
		s, ok := got.(string)
		switch {
		case ok && s == want, want == present && got != nil, want == anyUUID && ok && uuidText.MatchString(s):
			return ""
		}
	default: // nil and bool
		if want == got {
			return ""
		}
	}
	return fmt.Sprintf("%s is %s, want %s", at, compact(got), compact(want))
}

func differObject(want map[string]any, got any, at string) string {
	object, ok := got.(map[string]any)
	if !ok {
		return fmt.Sprintf("%s is %s, want an object", at, compact(got))
	}
	for _, k := range slices.Sorted(maps.Keys(want)) {
		value, there := object[k]
		switch {
		case want[k] == absent:
			if there {
				return fmt.Sprintf("%s.%s is there, want it absent", at, k)
			}
			continue
		case !there:
			return fmt.Sprintf("%s.%s is missing, want %s", at, k, compact(want[k]))
		}
		if diff := differ(want[k], value, at+"."+k); diff != "" {
			return diff
		}
	}
	for _, k := range slices.Sorted(maps.Keys(object)) {
		if _, ok := want[k]; !ok {
			return fmt.Sprintf("%s.%s is %s, want no such member", at, k, compact(object[k]))
		}
	}
	return ""
}

func differArray(want []any, got any, at string) string {
	array, ok := got.([]any)
	if !ok || len(array) != len(want) {
		return fmt.Sprintf("%s is %s, want %s", at, compact(got), compact(want))
	}
	for i := range want {
		if diff := differ(want[i], array[i], fmt.Sprintf("%s[%d]", at, i)); diff != "" {
			return diff
		}
	}
	return ""
}

// sameNumber compares JSON numbers by value: 1 is 1.0, integers are exact at
// any size, and other numbers are what a float64 makes of them.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	x, xok := exactInteger(a)
	y, yok := exactInteger(b)
	if xok && yok {
		return x.Cmp(y) == 0
	}
	f, ferr := strconv.ParseFloat(a, 64)
	g, gerr := strconv.ParseFloat(b, 64)
	return ferr == nil && gerr == nil && f == g
}

// exactInteger reads the numbers that are written as integers. Those with an
// exponent are left to float64: spelling out 1e999999999 would take all memory.
func exactInteger(s string) (*big.Int, bool) {
	whole, fraction, found := strings.Cut(s, ".")
	if found && strings.Trim(fraction, "0") != "" {
		return nil, false
	}
	return new(big.Int).SetString(whole, 10)
}

// compact writes a value on one line for a message.
func compact(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return excerpt(string(text))
}

// excerpt cuts a text that is too long for a message, between two characters.
func excerpt(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
