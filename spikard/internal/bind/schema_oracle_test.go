package bind

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
	"github.com/spikard/spikard-go/spikard/internal/pattern"
)

// compiledSchema compiles a schema by itself.
func compiledSchema(t testing.TB, text string) *schemaBinder {
	t.Helper()
	c := compiler{subject: "test"}
	b := c.schemaBinder(json.RawMessage(text))
	if len(c.faults) > 0 {
		t.Fatal(text, c.faults)
	}
	return b
}

// verdict tells whether a value is valid. What is written must be what
// json.loads makes of the text, and every way of checking must agree.
func verdict(t testing.TB, b *schemaBinder, text string) bool {
	t.Helper()
	var w wire.Writer
	s := acquire(&w)
	defer s.release()
	s.open(text)
	b.json(s)
	if !s.scan.End() {
		t.Fatalf("%s: %v", text, s.scan.Err())
	}
	valid := s.fails == 0
	if len(s.path) != 0 || len(s.spans) != 0 || valid != (len(s.entries) == 0) {
		t.Fatalf("%s leaves %d steps, %d spans, %d faults in %d entries", text, len(s.path), len(s.spans), s.fails, len(s.entries))
	}
	for _, e := range s.entries {
		if e.Type == "" || e.Msg == "" || !json.Valid(e.Input) {
			t.Fatalf("%s: entry %+v", text, e)
		}
	}
	if valid && b.defaults == nil {
		var want wire.Writer
		s.open(text)
		s.scan.Any(&want)
		if got, want := decoded(t, &w), decoded(t, &want); !reflect.DeepEqual(got, want) {
			t.Fatalf("%s is written as %v", text, got)
		}
	}
	if b.node != nil {
		s.open(text)
		if b.node.eval(s, modeTest) != valid {
			t.Fatalf("%s: a test gives %v", text, !valid)
		}
	}
	return valid
}

func decoded(t testing.TB, w *wire.Writer) any {
	t.Helper()
	v, rest, err := wire.Decode(w.Bytes())
	if err != nil || len(rest) > 0 {
		t.Fatal(err, len(rest))
	}
	return v
}

// propertyCases is how many random cases a test takes: SPIKARD_PROPERTY_CASES raises
// it.
func propertyCases(t testing.TB, n int) int {
	t.Helper()
	text := os.Getenv("SPIKARD_PROPERTY_CASES")
	if text == "" {
		return n
	}
	more, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("SPIKARD_PROPERTY_CASES=%q: %v", text, err)
	}
	return more
}

const valuesPerSchema = 6

func TestVerdictsAreTheLibrarys(t *testing.T) {
	t.Parallel()
	for seed := range uint64(propertyCases(t, 2000)) {
		holdAgainstLibrary(t, seed)
	}
}

func holdAgainstLibrary(t *testing.T, seed uint64) {
	t.Helper()
	r := newRandomSchemas(seed)
	text := r.document()
	b, library := compiledSchema(t, text), libraryOf(t, text)
	for range valuesPerSchema {
		value := r.value(3)
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(value))
		if err != nil {
			t.Fatal(err)
		}
		want := library.Validate(doc)
		if got := verdict(t, b, value); got != (want == nil) {
			t.Fatalf("seed %d\nschema %s\nvalue %s\ngot %v, want %v", seed, text, value, got, want)
		}
	}
}

func libraryOf(t testing.TB, text string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(func(text string) (jsonschema.Regexp, error) {
		p, err := pattern.Compile(text)
		return libraryPattern{p}, err
	})
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(text, err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(text, err)
	}
	return s
}

// libraryPattern gives a pattern the methods that the library wants.
type libraryPattern struct{ *pattern.Pattern }

func (p libraryPattern) MatchString(text string) bool { return p.Match(text) }

// FuzzVerdicts has the fuzzer choose seeds, so that it can go on for long.
func FuzzVerdicts(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed)
	}
	f.Fuzz(holdAgainstLibrary)
}

// FuzzSchema has whatever compiles check whatever is well-formed.
func FuzzSchema(f *testing.F) {
	r := newRandomSchemas(1)
	for range 20 {
		f.Add(r.document(), r.value(3))
	}
	f.Add(`{"unevaluatedProperties":false,"properties":{"a":{"default":1}}}`, `{"b":[1e9]}`)
	f.Fuzz(func(t *testing.T, text, value string) {
		c := compiler{}
		b := c.schemaBinder(json.RawMessage(text))
		if b == nil || len(c.faults) > 0 {
			return
		}
		var s jsonwire.Scanner
		s.Reset(value)
		if s.Skip(); s.End() {
			verdict(t, b, value)
		}
	})
}

// pythonValidator reads lines [schema, values], and answers with the verdicts
// of the package jsonschema.
const pythonValidator = `
import json, sys
from jsonschema import Draft202012Validator
for line in sys.stdin:
    schema, values = json.loads(line)
    validator = Draft202012Validator(json.loads(schema))
    print(json.dumps([validator.is_valid(json.loads(v)) for v in values]), flush=True)
`

// TestVerdictsArePythons holds the verdicts against those of Python's jsonschema
// package. SPIKARD_PROPERTY_PYTHON names a Python that has it.
func TestVerdictsArePythons(t *testing.T) {
	t.Parallel()
	python := os.Getenv("SPIKARD_PROPERTY_PYTHON")
	if python == "" {
		python = "python3"
	}
	if out, err := exec.CommandContext(t.Context(), python, "-c", "import jsonschema").CombinedOutput(); err != nil {
		t.Skipf("no Python with the package jsonschema: set SPIKARD_PROPERTY_PYTHON to one (%s: %v, %s)", python, err, out)
	}
	ask := startPython(t, python)
	for seed := range uint64(propertyCases(t, 600)) {
		r := newRandomSchemas(seed + 1<<32)
		text := r.document()
		b := compiledSchema(t, text)
		values := make([]string, valuesPerSchema)
		for i := range values {
			values[i] = r.value(3)
		}
		want := ask(text, values)
		for i, value := range values {
			if got := verdict(t, b, value); got != want[i] {
				t.Fatalf("seed %d\nschema %s\nvalue %s\ngot %v, Python says %v", seed, text, value, got, want[i])
			}
		}
	}
}

// startPython gives a function that asks a Python for its verdicts.
func startPython(t *testing.T, python string) func(schema string, values []string) []bool {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), python, "-c", pythonValidator)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil && !t.Failed() {
			t.Error(err)
		}
	})
	answers := bufio.NewReader(out)
	return func(schema string, values []string) []bool {
		t.Helper()
		line, err := json.Marshal([]any{schema, values})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Write(append(line, '\n')); err != nil {
			t.Fatal(err)
		}
		var verdicts []bool
		answer, err := answers.ReadBytes('\n')
		if err == nil {
			err = json.Unmarshal(answer, &verdicts)
		}
		if err != nil {
			t.Fatal(schema, err)
		}
		return verdicts
	}
}
