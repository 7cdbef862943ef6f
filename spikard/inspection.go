package spikard

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/spikard/spikard-go/pybridge"
)

// debugPath is where a server tells what its process is doing, if it may.
const debugPath = "/debug/spikard"

// entering is how long an inspection waits to be let into Python. One who doesn't
// give up the GIL in a second, two hundred times its switch interval, won't soon.
const entering = time.Second

// inspection is what the process is doing.
type inspection struct {
	Goroutines int                    `json:"goroutines"`
	Requests   []requestInFlight      `json:"requests,omitempty"`
	Engines    []*pybridge.Inspection `json:"engines"`
}

// inspect asks each of the engines that can tell.
func (s *Server) inspect(ctx context.Context) *inspection {
	out := &inspection{Goroutines: runtime.NumGoroutine(), Engines: []*pybridge.Inspection{}}
	ctx, cancel := context.WithTimeout(ctx, entering)
	defer cancel()
	for _, engine := range s.inspectors() {
		out.Engines = append(out.Engines, engine.Inspect(ctx))
	}
	return out
}

// inspectors are the engines that can tell, each once.
func (s *Server) inspectors() []pybridge.Inspector {
	var out []pybridge.Inspector
	seen := map[pybridge.Engine]bool{}
	for _, app := range s.apps {
		if engine, ok := app.engine.(pybridge.Inspector); ok && !seen[app.engine] {
			seen[app.engine] = true
			out = append(out, engine)
		}
	}
	return out
}

// inspected answers with an inspection: as JSON, or as text or a page with that
// text to who asks for it.
func (r *running) inspected(x *exchange) {
	found := r.server.inspect(context.WithoutCancel(x.Context()))
	found.Requests = r.inFlight.list(x)
	x.SetHeader("Cache-Control", "no-store")
	accept := x.c.Request.Header["Accept"]
	var text strings.Builder
	found.write(&text)
	switch {
	case accepts(accept, "text/html"):
		x.SetHeader("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		page := strings.Builder{}
		if err := inspectionPage.Execute(&page, text.String()); err != nil {
			r.wall.fail(x, debugPath, err)
			return
		}
		r.wall.sent(x, x.Respond(http.StatusOK, "text/html; charset=utf-8", []byte(page.String())))
	case accepts(accept, "text/plain"):
		r.wall.sent(x, x.Respond(http.StatusOK, "text/plain; charset=utf-8", []byte(text.String())))
	default:
		body, err := encodeJSON(found)
		if err != nil {
			r.wall.fail(x, debugPath, err)
			return
		}
		r.wall.sent(x, x.Respond(http.StatusOK, jsonType, body))
	}
}

// watchInspected has engines and exchanges note what is under way, if there is an
// endpoint that tells of it.
func (r *running) watchInspected() {
	if !r.config.DebugEndpoint {
		return
	}
	r.inFlight = &inFlight{}
	for _, engine := range r.server.inspectors() {
		stop := engine.Watch()
		r.onUndo("stop watching calls", func(context.Context) error {
			stop()
			return nil
		})
	}
}

// write writes an inspection for people.
func (i *inspection) write(w io.Writer) {
	fmt.Fprintf(w, "%d goroutines\n", i.Goroutines)
	for _, r := range i.Requests {
		fmt.Fprintf(w, "request %s %s for %v%s\n", r.Method, r.Path, r.Age.Round(time.Millisecond), ofRequest(r.ID))
	}
	for _, e := range i.Engines {
		writeEngine(w, e)
	}
}

func writeEngine(w io.Writer, e *pybridge.Inspection) {
	if e.Python.Version == "" {
		fmt.Fprintln(w, "\npython has not been started")
		return
	}
	fmt.Fprintf(w, "\npython %s (%s)\n", e.Python.Version, e.Python.Executable)
	fmt.Fprintf(w, "calls that wait for python: %d, inside without a turn: %d, that wait for an event loop: %d\n",
		e.GIL.Waiting, e.GIL.Spilled, e.GIL.ForLoop)
	fmt.Fprintf(w, "python objects held by go: %d, go values kept for python: %d, go functions awaited: %d\n",
		e.Objects, e.Values, e.Operations)
	if e.Stuck != "" {
		fmt.Fprintf(w, "%s; tasks are not known\n", e.Stuck)
	}
	for _, c := range e.Calls {
		fmt.Fprintf(w, "call of %s for %v, %s%s\n", c.Program, c.Age.Round(time.Millisecond), c.Where, ofRequest(c.RequestID))
	}
	for _, t := range e.Threads {
		fmt.Fprintf(w, "\npython thread %#x %s%s (most recent call first):\n", t.ID, t.Name, ofRequest(t.RequestID))
		writeStack(w, t.Stack)
	}
	for _, t := range e.Tasks {
		fmt.Fprintf(w, "\ntask %s%s (most recent await last):\n", t.Name, ofRequest(t.RequestID))
		writeStack(w, t.Stack)
		if t.WaitsFor != "" {
			fmt.Fprintf(w, "  waits for: %s\n", t.WaitsFor)
		}
	}
}

func ofRequest(id string) string {
	if id == "" {
		return ""
	}
	return ", request " + id
}

func writeStack(w io.Writer, stack []string) {
	for _, line := range stack {
		fmt.Fprintf(w, "  %s\n", line)
	}
}

var inspectionPage = template.Must(template.New("inspection").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>spikard</title>
<meta name="viewport" content="width=device-width">
<style>:root{color-scheme:light dark}body{max-width:70rem;margin:2rem auto;padding:0 1rem}pre{font:13px/1.5 ui-monospace,monospace;white-space:pre-wrap}</style>
<pre>{{.}}</pre>
</html>
`))
