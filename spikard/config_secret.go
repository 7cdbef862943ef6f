package spikard

import (
	"fmt"
	"io"
	"net/url"
	"strings"
)

// masked stands for a secret. It is the same for all, so that it tells nothing
// of their lengths.
const masked = "********"

// Secret is a text that is never shown: package fmt, package log/slog and
// package encoding/json write asterisks for it. string(s) is the text.
//
// An empty Secret is unset, and is written as an empty text.
type Secret string

// String masks the secret.
func (s Secret) String() string { return mask(string(s)) }

// Format masks the secret for every verb of package fmt. With a String method
// alone, %d would show it in its complaint.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText masks the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// SecretURL is a URL that may hold a password. Its user, its query and its
// fragment are masked wherever it is written; string(u) is the whole.
type SecretURL string

// String masks the parts that may be secret.
func (u SecretURL) String() string { return maskURL(string(u)) }

// Format masks them for every verb of package fmt.
func (u SecretURL) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, u.String()) }

// MarshalText masks them.
func (u SecretURL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

func mask(text string) string {
	if text == "" {
		return ""
	}
	return masked
}

func maskURL(text string) string {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Opaque != "" || parsed.Scheme == "" {
		return mask(text)
	}
	user, query, fragment := parsed.User, parsed.RawQuery, parsed.Fragment
	parsed.User, parsed.RawQuery, parsed.ForceQuery, parsed.Fragment, parsed.RawFragment = nil, "", false, "", ""
	out := parsed.String()
	if user != nil {
		out = strings.Replace(out, "://", "://"+masked+"@", 1)
	}
	if query != "" {
		out += "?" + masked
	}
	if fragment != "" {
		out += "#" + masked
	}
	return out
}
