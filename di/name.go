package di

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// ParseKey is the key that a text stands for, as users of Go write it for a
// dependency of Python's:
//
//	store.Pool                  the class Pool of the module store
//	store.Pool#replica          Annotated[Pool, "replica"]
//	store.Repo[store.User]      Repo[User]; no blank behind a comma
//	builtins.list[store.User]   list[User]: built-in types have a module, too
//	greeting                    the plain name "greeting"
//	"db.url"                    in quotes, a plain name whatever is in it
//	__type__store.Pool          a key, which stands as it is
//
// A text names a type if it begins as the keys of types do, or has a dot ahead
// of its first bracket and of "#"; any other text is a plain name. A class is
// named by the module that defines it, not by one that imports it. So is what
// [Key.Label] gives for the keys of Python's: ParseKey reads it back.
//
// Every text gives a key; [ValidKey] tells those that nobody can have meant.
func ParseKey(text string) Key {
	if strings.HasPrefix(text, typePrefix) {
		return Key(text)
	}
	if name, err := strconv.Unquote(text); err == nil {
		return Key(name)
	}
	if strings.Contains(typeOf(text), ".") {
		return TypeKey(text)
	}
	return Key(text)
}

// typeOf is the name of the type in a text, without its arguments and without
// the name that Annotated adds.
func typeOf(text string) string {
	if end := strings.IndexAny(text, "[#"); end >= 0 {
		return text[:end]
	}
	return text
}

// ValidKey says what is wrong with a text for [ParseKey], and what to write
// instead. What is in quotes and what begins as the keys of types do is as it
// is meant.
//
// # Errors
//
// One for a text that is empty, has a blank outside of quotes, brackets that
// don't match or that follow a name without a module, or ends in "#".
func ValidKey(text string) error {
	key := ParseKey(text)
	switch {
	case key == "" || key == typePrefix:
		return errors.New(`a key is empty: write a type, as "store.Store", or a name`)
	case strings.HasPrefix(text, typePrefix) || !strings.HasSuffix(string(key), text):
		return nil
	}
	if flaw := flawOf(text, key.IsType()); flaw != "" {
		return fmt.Errorf("%q is no key: %s", text, flaw)
	}
	return nil
}

func flawOf(text string, isType bool) string {
	end, flaw := endOfType(text)
	switch {
	case flaw != "":
		return flaw
	case isType && text[end:] == "#":
		return `a name has to follow the "#"`
	case !isType && strings.ContainsRune(text[:end], '['):
		return "say which module " + strconv.Quote(typeOf(text)) + ` is of, as in "builtins.list[builtins.int]"`
	case !strings.ContainsFunc(text[:end], unicode.IsSpace) || strings.ContainsAny(text[:end], `'"`):
		return ""
	case isType:
		return "it has a blank: write " + strconv.Quote(strings.Join(strings.Fields(text), ""))
	}
	return "it has a blank: put a name with blanks in quotes, as " + strconv.Quote(strconv.Quote(text))
}

// endOfType finds where a type ends, its arguments included: at a "#" outside
// of brackets, or with the text. In the quotes of a Literal anything may be.
func endOfType(text string) (end int, flaw string) {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case depth > 0 && (c == '\'' || c == '"'):
			i = endOfQuote(text, i)
		case c == '[':
			depth++
		case c == ']' && depth == 0:
			return 0, `it has a "]" without its "["`
		case c == ']':
			depth--
		case c == '#' && depth == 0:
			return i, ""
		}
	}
	if depth > 0 {
		return 0, `it has a "[" without its "]"`
	}
	return len(text), ""
}

// endOfQuote is the place of the quote that ends the one at start.
func endOfQuote(text string, start int) int {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case text[start]:
			return i
		}
	}
	return len(text)
}
