package locate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// fromChoice takes what a user may give: an executable, a folder or a library.
func (f *finder) fromChoice(ctx context.Context, value string) (*Python, error) {
	path, err := f.resolve(value)
	if err != nil {
		return nil, err
	}
	if looksLikeLibrary(path) {
		return f.fromLibrary(ctx, path)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return f.fromFolder(ctx, path)
	}
	return f.fromExecutable(ctx, path, "")
}

// resolve gives an absolute path. A bare name such as python3.12 is looked up
// on PATH, never in the working directory, unless it names a folder or a
// library there.
func (f *finder) resolve(value string) (string, error) {
	abs, err := filepath.Abs(value)
	if err != nil {
		return "", &refusal{path: value, reason: fmt.Sprintf("has no absolute path (%v)", err), err: err}
	}
	if strings.ContainsRune(value, filepath.Separator) || looksLikeLibrary(value) {
		return abs, nil
	}
	if info, err := os.Stat(abs); err == nil && info.IsDir() {
		return abs, nil
	}
	if found := lookPath(value, f.Getenv("PATH")); found != "" {
		return found, nil
	}
	return "", &refusal{
		path: value, reason: "is not on PATH, and not a folder here",
		hint: "give the path of a python executable, a virtual environment's folder or a libpython",
	}
}

// fromFolder takes a virtual environment, or any other folder with a
// bin/python3, as conda's environments and installations are.
func (f *finder) fromFolder(ctx context.Context, dir string) (*Python, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(dir); err != nil {
		return nil, unreadable(dir, err)
	} else if !info.IsDir() {
		return nil, &refusal{path: dir, reason: "is not a folder"}
	}
	for _, name := range []string{"python3", "python"} {
		// A dangling link is taken as well: fromExecutable tells its story.
		exe := filepath.Join(dir, "bin", name)
		if _, err := os.Lstat(exe); err == nil {
			return f.fromExecutable(ctx, exe, "")
		}
	}
	if cfg, err := readVenv(dir); err == nil {
		return nil, &refusal{
			path: dir, reason: "is a virtual environment without a bin/python3",
			hint: cfg.remake(dir),
		}
	}
	return nil, &refusal{
		path: dir, reason: "is not a python environment: it has neither a pyvenv.cfg nor a bin/python3",
		hint: "give a virtual environment's folder, a python executable or a libpython",
	}
}

// fromHome takes the Python that the program ships, by its home.
func (f *finder) fromHome(ctx context.Context, home string) (*Python, error) {
	found, err := f.fromExecutable(ctx, filepath.Join(home, "bin", "python3"), home)
	if err != nil {
		return nil, err
	}
	found.Home = home
	return found, nil
}

// fromExecutable asks an executable what it is. home is its PYTHONHOME; empty
// means whatever the environment says.
func (f *finder) fromExecutable(ctx context.Context, exe, home string) (*Python, error) {
	report, err := f.inspect(ctx, exe, home)
	if err != nil {
		return nil, err
	}
	library, err := report.library()
	if err != nil {
		return nil, err
	}
	return report.python(library), nil
}

// inspect runs every check of an executable that comes before its library.
func (f *finder) inspect(ctx context.Context, exe, home string) (*report, error) {
	venv, dir := venvOf(exe)
	if err := checkExecutable(exe); err != nil {
		if venv != nil {
			return nil, venv.broken(dir, err)
		}
		return nil, err
	}
	report, err := f.probe(ctx, exe, home)
	if err != nil {
		return nil, err
	}
	if err := report.fits(); err != nil {
		return nil, err
	}
	if venv == nil {
		// A shim or a link from elsewhere may lead into an environment.
		venv, dir = venvOf(report.Executable)
	}
	if venv != nil {
		return report, venv.fits(dir, report, f.Getenv("PYTHONHOME"))
	}
	return report, nil
}
