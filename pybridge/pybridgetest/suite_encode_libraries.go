package pybridgetest

import (
	"os"
	"testing"
)

// packagesDir names a folder with packages that some subjects want and that
// no Python need have: pydantic, msgspec, attrs.
const packagesDir = "SPIKARD_TEST_PACKAGES"

const findPackages = `
import importlib.util, os, sys
if d := os.environ.get("` + packagesDir + `"):
    sys.path.append(d)

def have(name):
    return importlib.util.find_spec(name) is not None
`

const encodeLibrariesApp = `
import dataclasses, datetime
from spikard import Spikard
` + findPackages + `
app = Spikard()
day = datetime.date(2024, 1, 2)
values = {}

class Unknown: pass

if have("pydantic"):
    import pydantic
    class Inner(pydantic.BaseModel):
        model_config = {"arbitrary_types_allowed": True}
        when: datetime.date = pydantic.Field(serialization_alias="on")
        rest: object = None
    class Outer(pydantic.BaseModel):
        inner: Inner
        @pydantic.computed_field
        def twice(self) -> int: return 2
    class Root(pydantic.RootModel[list[Inner]]): pass
    @pydantic.dataclasses.dataclass
    class Data:
        inner: Inner
    inner = Inner(when=day)
    values["pydantic"] = {"m": Outer(inner=inner), "r": [Root([inner])], "d": Data(inner)}
    values["pydantic bad"] = {"items": [1, inner, Inner(when=day, rest=Unknown())]}
if have("msgspec"):
    import msgspec
    class Struct(msgspec.Struct, rename="camel"):
        created_on: datetime.date
        rest: object = None
    values["msgspec"] = [Struct(day), Struct(day, Struct(day, {1})), {"k": Struct(day)}]
    values["msgspec bad"] = {"items": [1, Struct(day, Unknown())]}
if have("pydantic") and have("msgspec"):
    values["msgspec pydantic"] = Struct(day, inner)
if have("attrs"):
    import attrs
    @attrs.define
    class Attrs:
        when: datetime.date
        rest: object = None
    values["attrs"] = [Attrs(day, Attrs(day))]
    values["attrs bad"] = [Attrs(day, Unknown())]

@app.get("/encode")
def encode(name: str):
    return values[name]
@app.get("/have")
def have_value(name: str): return name in values
`

func testEncodeLibraries(t *testing.T, s *suite) {
	r := s.load(t, encodeLibrariesApp)
	inner := `{"on":"2024-01-02","rest":null}`
	for name, want := range map[string]string{
		"pydantic": `{"m":{"inner":` + inner + `,"twice":2},"r":[[` + inner + `]],"d":{"inner":` + inner + `}}`,
		"msgspec": `[{"createdOn":"2024-01-02","rest":null},` +
			`{"createdOn":"2024-01-02","rest":{"createdOn":"2024-01-02","rest":[1]}},` +
			`{"k":{"createdOn":"2024-01-02","rest":null}}]`,
		"msgspec pydantic": `{"createdOn":"2024-01-02","rest":` + inner + `}`,
		"attrs":            `[{"when":"2024-01-02","rest":{"when":"2024-01-02","rest":null}}]`,
	} {
		if r.has(name) {
			r.answers("/encode", given{"name": str(name)}, want)
		}
	}
	for name, want := range map[string][2]string{
		"pydantic bad": {"pydantic_core._pydantic_core.PydanticSerializationError", "$.items[2]"},
		"msgspec bad":  {"TypeError", "$.items[1]"},
		"attrs bad":    {"TypeError", "$[0].rest"},
	} {
		if !r.has(name) {
			continue
		}
		if exc := r.raises("/encode", given{"name": str(name)}, want[0]); exc.Path != want[1] {
			t.Errorf("%s: path %q, want %q", name, exc.Path, want[1])
		}
	}
}

// has tells whether an app has a value, which takes a package that need not be
// there.
func (r *running) has(name string) bool {
	r.t.Helper()
	if string(r.call("/have", given{"name": str(name)}).Body) == "true" {
		return true
	}
	r.t.Logf("%s: not tested: it is not installed; %s can name a folder that has it (now %q)",
		name, packagesDir, os.Getenv(packagesDir))
	return false
}
