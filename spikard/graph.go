package spikard

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Graph shows the dependencies of a running server: what provides them, who needs
// them, and what each route builds in which order.
type Graph struct{ running *running }

// Graph gives the server's.
//
// # Errors
//
// One that says so when the server is not running.
func (s *Server) Graph() (Graph, error) {
	r := s.current()
	if r == nil {
		return Graph{}, errNotRunning
	}
	return Graph{r}, nil
}

// WriteText writes the providers of each app, sorted by key, and then for each
// route the turns that Go and Python take.
//
// # Errors
//
// Those of w.
func (g Graph) WriteText(w io.Writer) error {
	var b bytes.Buffer
	for _, app := range g.running.homes() {
		fmt.Fprintf(&b, "%s\n", app.title())
		_ = app.registry.WriteText(&b) // a Buffer takes everything
		for _, plan := range g.running.plans {
			if plan.home == app && plan.program != nil {
				fmt.Fprintf(&b, "%s %s, handler %s (%s)\n", strings.Join(plan.methods, ","), plan.path, plan.name, plan.source)
				writeIndented(&b, plan.program.plan)
			}
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// writeIndented writes a plan below its route.
func writeIndented(b *bytes.Buffer, plan interface{ WriteText(w io.Writer) error }) {
	var text strings.Builder
	_ = plan.WriteText(&text)
	for line := range strings.Lines(text.String()) {
		b.WriteString("    " + line)
	}
}

// WriteDOT writes the providers of each app for Graphviz, one digraph an app.
//
// # Errors
//
// Those of w.
func (g Graph) WriteDOT(w io.Writer) error {
	for _, app := range g.running.homes() {
		if err := app.registry.WriteDOT(w); err != nil {
			return err
		}
	}
	return nil
}

// title names the app in the graph.
func (a *pythonApp) title() string {
	if a.app == nil {
		return "without Python"
	}
	return "Python app " + a.option.target
}
