package main

import "testing"

func TestSeparatorOf(t *testing.T) {
	t.Parallel()
	words := []string{"first", "second", "third"}
	for text, want := range map[string]string{
		"first,second,third":       ",",
		"third -> first -> second": " -> ",
		"firstsecondthird":         "",
		"first,second":             "none",
		"first,second;third":       "none",
		"at first,second,third":    "none",
		"first,second,third.":      "none",
		"":                         "none",
	} {
		if got, ok := separatorOf(text, words); ok != (want != "none") || ok && got != want {
			t.Errorf("%q: %q, %t, want %q", text, got, ok, want)
		}
	}
	if _, ok := separatorOf("", nil); ok {
		t.Error("an order of no words")
	}
}

func TestHookWord(t *testing.T) {
	t.Parallel()
	const hooks = `{"on_request":[{"name":"hook-one","handler":"append_first"}]}`
	for name, tt := range map[string]struct {
		body, header, want string
	}{
		"last word":     {`{"order":["first"]}`, "", "first"},
		"name":          {`{"order":["hook-one"]}`, "", "hook-one"},
		"handler":       {`[{"order":"append_first, log"}]`, "", "append_first"},
		"name, told":    {`null`, "hook-one", "hook-one"},
		"nothing there": {`{"message":"hello"}`, "", "first"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := hookedCase(t, hooks, Step{Expect: Expect{Body: decoded(t, tt.body), Headers: map[string]string{"X-A": tt.header}}})
			if got := orderWords(c); len(got) != 1 || got[0] != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
}
