package locate

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// probeTimeout is far above any start that works (20 to 120 ms, the latter
// through pyenv's shims), so what reaches it hangs.
const probeTimeout = 10 * time.Second

// Request says where to look. The zero value looks at the environment only.
type Request struct {
	// Explicit is an option of the program: a Python executable (a bare name
	// is looked up on PATH), the folder of a virtual or conda environment, or
	// the path of a libpython. It is binding.
	Explicit string
	// AppDir is the folder of the app's file; a virtual environment beside
	// the app counts.
	AppDir string
	// Embedded gives the home of the Python that the program ships; nil if it
	// ships none.
	Embedded func(ctx context.Context) (home string, err error)
	// Linked is the path of the libpython that the program is linked with; empty if
	// it is with none. No other fits then, and PATH is not looked at.
	Linked string
	// Getenv reads the environment; nil means that of this process.
	Getenv func(string) string
}

// Find chooses a Python; the package's description has the order.
//
// # Errors
//
// A [*NotFoundError], or the context's error when it ends first.
//
// # Concurrency
//
// It may be called from anywhere. Child processes that it starts have ended
// when it returns.
func Find(ctx context.Context, r Request) (*Python, error) {
	f := &finder{Request: r, timeout: probeTimeout}
	if f.Getenv == nil {
		f.Getenv = os.Getenv
	}
	return f.find(ctx)
}

type finder struct {
	Request
	timeout time.Duration
}

// candidate is a place to look at. A place that names nothing has a nil open
// and says why in absent.
type candidate struct {
	origin, absent string
	binding        bool
	open           func(ctx context.Context) (*Python, error)
}

func (f *finder) find(ctx context.Context) (*Python, error) {
	failed := &NotFoundError{}
	for _, c := range f.candidates() {
		if c.open == nil {
			failed.Attempts = append(failed.Attempts, Attempt{Origin: c.origin, Reason: c.absent})
			continue
		}
		found, err := c.open(ctx)
		if err == nil {
			err = f.checkLinked(found)
		}
		if err == nil {
			found.Origin = c.origin
			return found, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		attempt := attemptOf(c.origin, err)
		if c.binding {
			return nil, &NotFoundError{Attempts: []Attempt{attempt}, Binding: true}
		}
		failed.Attempts = append(failed.Attempts, attempt)
	}
	return nil, failed
}

func attemptOf(origin string, err error) Attempt {
	a := Attempt{Origin: origin, Reason: err.Error(), Err: err}
	var r *refusal
	if errors.As(err, &r) {
		a.Path, a.Reason, a.Hint, a.Err = r.path, r.reason, r.hint, r.err
	}
	return a
}

func (f *finder) candidates() []candidate {
	list := []candidate{
		f.chosen(OriginOption, f.Explicit, "not given"),
		f.chosen(OriginVariable, f.Getenv("SPIKARD_PYTHON"), "not set"),
		f.active(f.Getenv("VIRTUAL_ENV")),
		f.besideApp(),
	}
	if f.Linked != "" {
		return append(list, f.linked())
	}
	return append(append(list, f.shipped()), f.onPath()...)
}

func (f *finder) chosen(origin, value, absent string) candidate {
	if value == "" {
		return candidate{origin: origin, absent: absent}
	}
	return candidate{origin: origin, binding: true, open: func(ctx context.Context) (*Python, error) {
		return f.fromChoice(ctx, value)
	}}
}

func (f *finder) active(dir string) candidate {
	if dir == "" {
		return candidate{origin: OriginVirtualEnv, absent: "not set"}
	}
	return candidate{origin: OriginVirtualEnv, binding: true, open: func(ctx context.Context) (*Python, error) {
		found, err := f.fromFolder(ctx, dir)
		var r *refusal
		if errors.As(err, &r) && errors.Is(err, os.ErrNotExist) && r.hint == "" {
			r.hint = "deactivate it or unset VIRTUAL_ENV"
		}
		return found, err
	}}
}

func (f *finder) besideApp() candidate {
	if f.AppDir == "" {
		return candidate{origin: OriginAppVenv, absent: "the app has no folder"}
	}
	for _, name := range []string{".venv", "venv"} {
		dir := filepath.Join(f.AppDir, name)
		if _, err := os.Stat(filepath.Join(dir, venvConfig)); err == nil {
			return candidate{origin: OriginAppVenv, binding: true, open: func(ctx context.Context) (*Python, error) {
				return f.fromFolder(ctx, dir)
			}}
		}
	}
	return candidate{origin: OriginAppVenv, absent: "no .venv or venv with a pyvenv.cfg in " + f.AppDir}
}

func (f *finder) shipped() candidate {
	if f.Embedded == nil {
		return candidate{origin: OriginEmbedded, absent: "not part of this program"}
	}
	return candidate{origin: OriginEmbedded, binding: true, open: func(ctx context.Context) (*Python, error) {
		home, err := f.Embedded(ctx)
		if err != nil {
			return nil, &refusal{
				path: "embedded python", reason: err.Error(),
				hint: "or set SPIKARD_PYTHON to use another python", err: err,
			}
		}
		return f.fromHome(ctx, home)
	}}
}

// onPath gives what a shell would run for each name, and not the further ones
// of that name: to a user there is one python3.
func (f *finder) onPath() []candidate {
	var list []candidate
	seen := ""
	for _, name := range []string{"python3", "python"} {
		path := lookPath(name, f.Getenv("PATH"))
		switch {
		case path == "":
			list = append(list, candidate{origin: OriginPath, absent: "no " + name})
			continue
		case seen != "" && sameFile(seen, path):
			continue
		}
		seen = path
		list = append(list, candidate{origin: OriginPath, open: func(ctx context.Context) (*Python, error) {
			return f.fromExecutable(ctx, path, "")
		}})
	}
	return list
}
