package shim

import (
	"slices"
	"strings"
	"testing"
)

// What Python asks of Go stands in three places: as constants in callback.go, as
// an enum in ask.h, and in _runtime_go.py and _runtime_channel.py, which
// have all but methods.
func TestAskKinds(t *testing.T) {
	inGo := names(t, "callback.go", `(?s)\tAskMethod +AskKind = iota(.*?)\n\)`, `(?m)^\tAsk([A-Z][a-z]*)`)
	inGo = append([]string{"Method"}, inGo...)
	inC := names(t, "ask.h", `(?s)enum \{(\s+ASK_METHOD.*?)\};`, `ASK_([A-Z]+)`)
	inPython := names(t, "../../../python/spikard/_runtime_go.py", `(?m)^(_BUILD, .*) = range\(1, 6\)`, `_([A-Z]+)`)
	inPython = append(inPython, names(t, "../../../python/spikard/_runtime_channel.py",
		`(?m)^(_BEGIN, .*) = range\(6, 12\)`, `_([A-Z]+)`)...)
	for i := range inGo {
		inGo[i] = strings.ToUpper(inGo[i])
	}
	if len(inGo) != 12 || !slices.Equal(inGo, inC) || !slices.Equal(inGo[1:], inPython) {
		t.Errorf("in Go %q, in C %q, in Python %q", inGo, inC, inPython)
	}
}
