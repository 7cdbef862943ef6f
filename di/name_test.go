package di_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/di"
)

// keyCase is one row of the table that the Python package's tests read, too.
type keyCase struct {
	Python string // an annotation, in pybridge/python/tests/key_cases.py
	Key    di.Key // what Python makes of it
	Go     string // how users of Go write it
	Since  string // the first Python that can read the annotation
}

func keyCases(t *testing.T) []keyCase {
	t.Helper()
	text, err := os.ReadFile("testdata/keys.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []keyCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	return cases
}

func TestParseKeyGivesPythonsKeys(t *testing.T) {
	t.Parallel()
	for _, c := range keyCases(t) {
		if got := di.ParseKey(c.Go); got != c.Key {
			t.Errorf("ParseKey(%q) is %q, and Python's key of %s %q", c.Go, got, c.Python, c.Key)
		}
		if err := di.ValidKey(c.Go); err != nil {
			t.Errorf("%s: %v", c.Python, err)
		}
		if got := di.ParseKey(c.Key.Label()); got != c.Key {
			t.Errorf("ParseKey reads the label %s of %q as %q", c.Key.Label(), c.Key, got)
		}
		if got := di.ParseKey(string(c.Key)); c.Key.IsType() && got != c.Key {
			t.Errorf("ParseKey(%q) is %q: a key stands as it is", c.Key, got)
		}
	}
}

func TestParseKey(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]di.Key{
		"store.Store":        di.TypeKey("store.Store"),
		"greeting":           "greeting",
		"greeting#v1.2":      "greeting#v1.2",
		"list[store.User]":   "list[store.User]",
		`"db.url"`:           "db.url",
		`"said \"yes.no\""`:  `said "yes.no"`,
		`"unfinished.quotes`: di.TypeKey(`"unfinished.quotes`),
		"":                   "",
	} {
		if got := di.ParseKey(text); got != want {
			t.Errorf("ParseKey(%q) is %q, want %q", text, got, want)
		}
	}
}

func TestValidKey(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                              "a key is empty",
		`""`:                            "a key is empty",
		"__type__":                      "a key is empty",
		" ":                             "has a blank",
		"my name":                       `put a name with blanks in quotes, as "\"my name\""`,
		"store.Table[int, store.User]":  `it has a blank: write "store.Table[int,store.User]"`,
		"store. Store":                  `it has a blank: write "store.Store"`,
		"store.Store\n":                 `it has a blank: write "store.Store"`,
		"store.Repo[store.User":         `a "[" without its "]"`,
		"store.Repo[store.Repo[a.User]": `a "[" without its "]"`,
		"store.Repo]":                   `a "]" without its "["`,
		"typing.Literal['a]":            `a "[" without its "]"`,
		"store.Pool#":                   `a name has to follow the "#"`,
		"list[store.User]":              `say which module "list" is of`,

		"store.Store":                   "",
		"greeting":                      "",
		"greeting#":                     "",
		`"my name"`:                     "",
		"store.Pool#the replica]":       "",
		`typing.Literal['a] \' b','c']`: "",
		"__type__chan int":              "",
	} {
		err := di.ValidKey(text)
		switch {
		case want == "" && err != nil:
			t.Errorf("ValidKey(%q): %v", text, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("ValidKey(%q) gives %v, want %q", text, err, want)
		}
	}
}
