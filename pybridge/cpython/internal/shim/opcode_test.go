package shim

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The opcodes stand in two places: as an iota in wire/op.go and as an enum in
// decode.h. Both lists must have the same names in the same order.
func TestOpcodes(t *testing.T) {
	inGo := names(t, "../../../wire/op.go", `(?s)Absent Op = iota(.*?)\n\)`, `(?m)^\t([A-Z][A-Za-z]*)`)
	inGo = append([]string{"Absent"}, inGo...)
	inC := names(t, "decode.h", `(?s)enum \{(.*?)\};`, `OP_([A-Z]+)`)
	if len(inGo) != len(inC) || len(inGo) < 18 {
		t.Fatalf("%d opcodes in Go, %d in C", len(inGo), len(inC))
	}
	for i := range inGo {
		if strings.ToUpper(inGo[i]) != inC[i] {
			t.Errorf("opcode %s: %s in Go, %s in C", strconv.Itoa(i), inGo[i], inC[i])
		}
	}
}

func names(t *testing.T, file, list, name string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	part := regexp.MustCompile(list).FindSubmatch(text)
	if part == nil {
		t.Fatalf("%s: the list of opcodes is not there", file)
	}
	var out []string
	for _, m := range regexp.MustCompile(name).FindAllSubmatch(part[1], -1) {
		out = append(out, string(m[1]))
	}
	return out
}
