package main

import (
	"encoding/json"
	"regexp"
)

// escape is one that JSON has (RFC 8259, section 7). A character beyond the basic
// plane is two of them.
var escape = regexp.MustCompile(`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\["\\/bfnrt]`)

// unescaped reads the escapes that cases write for characters that can't be seen.
// What is no escape is left as it stands.
func unescaped(text string) string {
	return escape.ReplaceAllStringFunc(text, func(found string) string {
		var character string
		if err := json.Unmarshal([]byte(`"`+found+`"`), &character); err != nil {
			return found
		}
		return character
	})
}
