package bind

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

func TestCompileReportsEveryFaultWithItsPlace(t *testing.T) {
	t.Parallel()
	param := func(name string, in pybridge.ParamIn, typ *pybridge.Type) pybridge.Param {
		return pybridge.Param{Name: name, Alias: name, In: in, Type: typ, Required: true}
	}
	nested := library()
	nested.Types["Bad"] = pybridge.Class{Name: "app.Bad", Kind: pybridge.ClassDataclass, Fields: []pybridge.Field{
		{Name: "session", Type: typ(pybridge.TypeList, ref("Session"))},
	}}
	fn := function(
		param("a", pybridge.InPath, typ(pybridge.TypeInt)),
		param("b", pybridge.InQuery, with(typ(pybridge.TypeStr), pybridge.Constraints{Pattern: ptr("(x")})),
		param("c", pybridge.InQuery, with(typ(pybridge.TypeInt), pybridge.Constraints{MinLength: ptr(1)})),
		param("d", pybridge.InQuery, ref("Item")),
		param("e", pybridge.InBody, ref("Nowhere")),
		param("f", pybridge.InBody, ref("Bad")),
		param("g", pybridge.InHeader, typ(pybridge.TypeList, typ(pybridge.TypeList, typ(pybridge.TypeInt)))),
		param("h", pybridge.InPath, typ(pybridge.TypeList, typ(pybridge.TypeInt))),
		param("i", pybridge.InInject, typ(pybridge.TypeInt)),
		param("j", pybridge.InQuery, with(typ(pybridge.TypeInt), pybridge.Constraints{Ge: ptr(json.Number("x"))})),
		param("k", pybridge.InQuery, &pybridge.Type{Kind: pybridge.TypeLiteral, Values: []json.RawMessage{[]byte("[1]")}}),
		pybridge.Param{Name: "l", Alias: "l", In: pybridge.InQuery, Type: typ(pybridge.TypeInt), Separator: ","},
		param("m", pybridge.InQuery, typ(pybridge.TypeUnion, typ(pybridge.TypeNone))),
		param("n", pybridge.InQuery, with(typ(pybridge.TypeInt), pybridge.Constraints{MultipleOf: ptr(json.Number("0"))})),
		param("o", pybridge.InQuery, typ("complex")),
	)
	_, err := compileAll(nested, fn, "h")
	if err == nil {
		t.Fatal("compiled")
	}
	for _, want := range []string{
		"parameter a: the path has no parameter {a}",
		`parameter b: pattern "(x": error parsing regexp`,
		"parameter c: constraint min_length does not apply to int",
		"parameter d: a class can't be read from a text; take it from the body",
		"parameter e: class Nowhere is not described",
		"parameter f: field session of app.Bad: items: class app.Session (app.py:12) can't be made from a request",
		"parameter f: the body is bound to another parameter already",
		"parameter g: items: a list can't be read from a text",
		"parameter h: a list can't come from a path",
		`parameter i: "inject" does not come from the request`,
		`parameter j: constraint ge: "x" is not a number`,
		"parameter k: value [1] of an enum or a literal",
		"parameter l: a separator is for lists, and this is int",
		"parameter m: no text is None",
		"parameter n: constraint multiple_of must not be zero",
		"parameter o: a complex can't be read from a text",
	} {
		if !strings.Contains(err.Error(), "app.handler (app.py:12): "+want) {
			t.Errorf("no fault %q in\n%v", want, err)
		}
	}
}

func TestCompileTakesTheParametersItIsGiven(t *testing.T) {
	t.Parallel()
	fn := function(
		pybridge.Param{Alias: "session", In: pybridge.InInject},
		pybridge.Param{Alias: "b", In: pybridge.InQuery, Type: typ(pybridge.TypeInt)},
		pybridge.Param{Alias: "a", In: pybridge.InQuery},
	)
	b, err := Compile(nil, fn, []int{2, 1}, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, p := writes(t, b, &fakeExchange{query: "a=x&b=1"}, "")
	if p != nil || got[0] != "x" || got[1] != int64(1) {
		t.Errorf("got %v, %v", got, p)
	}
}

func TestDictKeysNeedAConverter(t *testing.T) {
	t.Parallel()
	_, err := CompileValue(nil, typ(pybridge.TypeDict, typ(pybridge.TypeInt), typ(pybridge.TypeStr)))
	if err == nil || !strings.Contains(err.Error(), "keys of kind int can't be bound; use str") {
		t.Errorf("got %v", err)
	}
}
