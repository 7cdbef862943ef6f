package route

import (
	"flag"
	"testing"

	"github.com/gin-gonic/gin"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	// Conflicts need several unlikely routes and one unlikely path. A flag on
	// the command line still goes before this.
	if err := flag.Set("rapid.checks", "2000"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

func mustParse(t testing.TB, path string) *Template {
	t.Helper()
	tmpl, err := Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

// compileAll makes a table of "METHOD /path" or "/path" for GET; the IDs are
// the positions.
func compileAll(t testing.TB, routes ...string) *Table {
	t.Helper()
	table, err := Compile(parseAll(t, routes...))
	if err != nil {
		t.Fatal(err)
	}
	return table
}
