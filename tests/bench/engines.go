package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"text/tabwriter"
)

// engines compares the two engines on a Python with its development files, which one
// of them opens and the other is linked with: the processor time of requests, and
// calls without a server around them.
func engines(ctx context.Context, w io.Writer, s settings, python string) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	opened, linked := &engineBuild{root: root}, &engineBuild{root: root, python: python}
	for _, e := range []*engineBuild{opened, linked} {
		if err := e.build(ctx, s.scratch); err != nil {
			return err
		}
		e.program.env = append(e.program.env, "SPIKARD_PYTHON="+python)
	}
	chosen, err := choose("plain,async,di,users")
	if err != nil {
		return err
	}
	var result *comparison
	err = together(ctx, s, linked.program, opened.program, func(p pair) error {
		result, err = compare(ctx, os.Stderr, s, p, chosen)
		return err
	})
	if err != nil {
		return err
	}
	for range s.rounds {
		for _, e := range []*engineBuild{opened, linked} {
			if err := e.call(ctx, python); err != nil {
				return err
			}
		}
	}
	return printEngines(w, result, opened, linked)
}

// engineBuild is the server and its benchmarks with one of the engines.
type engineBuild struct {
	root, python string // python: what to link with, or empty
	program      program
	tests        string
	calls        map[string][]float64 // ns by workload
}

func (e *engineBuild) build(ctx context.Context, dir string) error {
	name, tags := "cpython", []string(nil)
	if e.python != "" {
		name, tags = "gopython3", []string{"-tags", "gopython3"}
	}
	e.calls = map[string][]float64{}
	e.tests = filepath.Join(dir, name+".test")
	e.program = program{name: name, binary: filepath.Join(dir, name)}
	if err := e.goCommand(ctx, append([]string{"build", "-o", e.program.binary}, append(tags, serverPackage)...)...); err != nil {
		return err
	}
	return e.goCommand(ctx, append([]string{"test", "-c", "-o", e.tests}, append(tags, serverPackage)...)...)
}

// goCommand runs the go command, in the environment of pyconfig where it links Python.
func (e *engineBuild) goCommand(ctx context.Context, args ...string) error {
	if e.python != "" {
		args = append([]string{"run", "./spikard/cmd/spikard", "pyconfig", "-python", e.python, "go"}, args...)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = e.root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %v: %w\n%s", args, err, out)
	}
	return nil
}

var callLine = regexp.MustCompile(`(?m)^BenchmarkCall/(\w+)\S*\s+\d+\s+([\d.]+) ns/op`)

// call takes one round of the engine's calls.
func (e *engineBuild) call(ctx context.Context, python string) error {
	cmd := exec.CommandContext(ctx, e.tests, "-test.run=^$", "-test.bench=^BenchmarkCall$")
	cmd.Dir = filepath.Join(e.root, serverPackage)
	cmd.Env = append(os.Environ(), "SPIKARD_PYTHON="+python)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("calls with %s: %w\n%s", e.program.name, err, out)
	}
	for _, m := range callLine.FindAllSubmatch(out, -1) {
		ns, err := strconv.ParseFloat(string(m[2]), 64)
		if err != nil {
			return err
		}
		e.calls[string(m[1])] = append(e.calls[string(m[1])], ns)
	}
	return nil
}

func printEngines(w io.Writer, c *comparison, opened, linked *engineBuild) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tns a call\t\tratio\tCPU µs a request\t\tratio\topened's\t")
	fmt.Fprintln(table, "workload\tlinked\topened\t\tlinked\topened\t\tspread\t")
	for _, r := range c.Rows {
		if r.Missing != "" {
			return fmt.Errorf("%s is not served: %s", r.Workload, r.Missing)
		}
		ours, control := figuresOf(r.Server), figuresOf(r.Control)
		a, b := medianFloat(linked.calls[r.Workload]), medianFloat(opened.calls[r.Workload])
		fmt.Fprintf(table, "%s\t%.0f\t%.0f\t%s\t%.1f\t%.1f\t%s\t%.0f %%\t\n", r.Workload,
			a, b, ratio(a, b), ours.cpu, control.cpu, ratio(ours.cpu, control.cpu), r.controlSpread()*100)
	}
	return table.Flush()
}
