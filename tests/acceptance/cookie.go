package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// setCookie is one Set-Cookie line, with its attributes in lower case. It is
// read here, not by net/http, which drops what it does not like.
type setCookie struct {
	name, value string
	attributes  map[string]string
}

func parseSetCookie(line string) setCookie {
	first, rest, _ := strings.Cut(line, ";")
	name, value, _ := strings.Cut(strings.TrimSpace(first), "=")
	c := setCookie{name: name, value: strings.Trim(value, `"`), attributes: map[string]string{}}
	for part := range strings.SplitSeq(rest, ";") {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		if k != "" {
			c.attributes[strings.ToLower(k)] = v
		}
	}
	return c
}

// checkCookie compares one cookie by its attributes. Those that the case does
// not name are free, but for a lifetime: a session cookie has none.
func checkCookie(name string, want map[string]any, header http.Header) error {
	var found []setCookie
	for _, line := range header.Values("Set-Cookie") {
		if c := parseSetCookie(line); c.name == name {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		return fmt.Errorf("cookie %s is set %d times, want once", name, len(found))
	}
	got := found[0]
	for _, attribute := range slices.Sorted(maps.Keys(want)) {
		if err := got.check(attribute, want[attribute]); err != nil {
			return err
		}
	}
	if want["max_age"] == nil && want["expires"] == nil {
		for _, lifetime := range []string{"max-age", "expires"} {
			if v, ok := got.attributes[lifetime]; ok {
				return fmt.Errorf("cookie %s has %s %q, want a session cookie", name, lifetime, v)
			}
		}
	}
	return nil
}

func (c setCookie) check(attribute string, want any) error {
	key := strings.ReplaceAll(strings.ToLower(attribute), "_", "-")
	got, there := c.attributes[key]
	ok := false
	switch want := want.(type) {
	case bool: // Secure, HttpOnly and Partitioned have no value
		ok = there == want
	default:
		text := fmt.Sprint(want)
		switch key {
		case "value":
			got, ok = c.value, c.value == text
		case "domain": // a leading dot means nothing (RFC 6265, section 5.2.3)
			ok = there && strings.EqualFold(strings.TrimPrefix(got, "."), strings.TrimPrefix(text, "."))
		case "samesite":
			ok = there && strings.EqualFold(got, text)
		default:
			ok = there && got == text
		}
	}
	if !ok {
		return fmt.Errorf("cookie %s has %s %q, want %v", c.name, attribute, got, want)
	}
	return nil
}
