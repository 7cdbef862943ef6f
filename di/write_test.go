package di_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/spikard/spikard-go/di"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	r := registry(
		provider("services.Users", request, 10, "db.Session", "?trace.Span"),
		foreign("db.Session", request, 20, "db.Engine"),
		provider("db.Engine", single, 30, "x.Gone"),
		provider("db.Engine", single, 35),
		di.Provider{Key: `say "hi"`, Lifetime: transient, Source: di.Source{File: `C:\app\main.go`, Line: 3}, Build: value(1)},
	)
	both := bothLanguages()
	for name, write := range map[string]func(io.Writer) error{
		"graph.txt": r.WriteText, "graph.dot": r.WriteDOT, "graph_both.txt": both.WriteText, "graph_both.dot": both.WriteDOT,
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
		if err := write(broken{}); !errors.Is(err, errBoom) {
			t.Errorf("%s: got %v, want the writer's error", name, err)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBoom }
