package pyconfig

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// What names a Python.
const (
	originOption     = "-python"
	originVariable   = "SPIKARD_PYTHON"
	originVirtualEnv = "VIRTUAL_ENV"
	originPath       = "PATH"
)

// finder looks for Pythons that a program for goos and goarch can be linked with.
type finder struct {
	getenv       func(string) string
	goos, goarch string
	timeout      time.Duration
}

// look is what was seen of one Python. Without an err it is fit.
type look struct {
	origin string
	path   string
	report *report // nil if it gave none
	// library is what to link.
	library string
	err     error
}

// pick gives the Python to build with; the package's description has the order.
//
// # Errors
//
// Why the Python that somebody chose is not fit, or an [unfitError] that lists
// all on PATH.
func (f *finder) pick(ctx context.Context, option string) (*look, error) {
	if chosen := f.chosen(option); len(chosen) > 0 {
		l := f.named(ctx, chosen[0].origin, chosen[0].value)
		if l.err != nil {
			return nil, fmt.Errorf("the Python that %s names can't be built with: %w", l.origin, l.err)
		}
		return l, nil
	}
	looks := f.allOnPath(ctx)
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	for _, l := range looks {
		if l.err == nil {
			return l, nil
		}
	}
	return nil, &unfitError{looks}
}

// survey looks at every Python that pick could take, in its order.
func (f *finder) survey(ctx context.Context) []*look {
	var looks []*look
	for _, c := range f.chosen("") {
		looks = append(looks, f.named(ctx, c.origin, c.value))
	}
	return append(looks, f.allOnPath(ctx)...)
}

type choice struct{ origin, value string }

// chosen are those that somebody named.
func (f *finder) chosen(option string) []choice {
	all := []choice{
		{originOption, option},
		{originVariable, f.getenv("SPIKARD_PYTHON")},
		{originVirtualEnv, f.getenv("VIRTUAL_ENV")},
	}
	return slices.DeleteFunc(all, func(c choice) bool { return c.value == "" })
}

func (f *finder) named(ctx context.Context, origin, value string) *look {
	exe, err := f.resolve(value)
	if err != nil {
		return &look{origin: origin, path: value, err: err}
	}
	return f.look(ctx, origin, exe)
}

// pathNames are what a Python may be called on PATH.
func pathNames() []string {
	var names []string
	for minor := maxMinor; minor >= minMinor; minor-- {
		names = append(names, fmt.Sprintf("python3.%d", minor))
	}
	return append(names, "python3")
}

// allOnPath looks at each Python on PATH once, and gives the newest first. All
// folders of PATH count: the first python3.12 may be a shim of pyenv that only
// says that no such version is selected.
func (f *finder) allOnPath(ctx context.Context) []*look {
	var looks []*look
	var paths []string
	for _, path := range onPath(f.getenv("PATH"), pathNames()...) {
		if !slices.ContainsFunc(paths, func(seen string) bool { return sameFile(seen, path) }) {
			paths = append(paths, path)
		}
	}
	for _, path := range paths {
		l := f.look(ctx, originPath, path)
		if !slices.ContainsFunc(looks, l.sameAs) {
			looks = append(looks, l)
		}
	}
	slices.SortStableFunc(looks, func(a, b *look) int { return b.minor() - a.minor() })
	return looks
}

// sameAs tells two names of one Python, as python3 and python3.12 of pyenv's
// shims are.
func (l *look) sameAs(other *look) bool {
	return l.report != nil && other.report != nil && sameFile(l.report.Executable, other.report.Executable)
}

// minor is 0 for what is no Python 3, so that it comes last.
func (l *look) minor() int {
	if l.report == nil || l.report.Major != 3 {
		return 0
	}
	return l.report.Minor
}

func (f *finder) look(ctx context.Context, origin, exe string) *look {
	l := &look{origin: origin, path: exe}
	l.report, l.err = f.probe(ctx, exe)
	if l.err != nil {
		return l
	}
	for _, check := range []func() error{l.report.supported, l.report.checkHeaders} {
		if l.err = check(); l.err != nil {
			return l
		}
	}
	l.library, l.err = f.library(l.report)
	return l
}
