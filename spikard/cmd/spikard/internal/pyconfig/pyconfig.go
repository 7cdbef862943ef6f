package pyconfig

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Run does what the arguments of "spikard pyconfig" say, and gives the exit
// code: 0, 1 for an error, 2 for arguments that it does not take. With a command
// it does not return if the command starts, as that takes the process over.
//
// # Concurrency
//
// Several processes may run it at once.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "spikard pyconfig: %v; \"spikard pyconfig -h\" tells the usage\n", err)
		return 2
	}
	if err := o.run(ctx, stdout); err != nil {
		fmt.Fprintf(stderr, "spikard pyconfig: %v\n", err)
		return 1
	}
	return 0
}

func (o *options) run(ctx context.Context, stdout io.Writer) error {
	t, err := readTarget(ctx)
	if err != nil {
		return err
	}
	f := &finder{getenv: os.Getenv, goos: t.OS, goarch: t.Arch, timeout: probeTimeout}
	if o.list {
		return o.printList(ctx, f, stdout)
	}
	if err := t.check(); err != nil {
		return err
	}
	vars, err := o.prepare(ctx, f, t)
	if err != nil {
		return err
	}
	if len(o.args) > 0 {
		return become(o.args, merged(os.Environ(), vars))
	}
	printExports(stdout, vars)
	return nil
}

// prepare writes the files for the chosen Python, and gives the environment.
func (o *options) prepare(ctx context.Context, f *finder, t *target) ([]variable, error) {
	l, err := f.pick(ctx, o.python)
	if err != nil {
		return nil, err
	}
	dir, err := o.folder(l)
	if err != nil {
		return nil, err
	}
	if err := checkPaths(l, dir); err != nil {
		return nil, err
	}
	texts := files(l, dir)
	if o.dir != "" {
		if err := checkOurs(dir, texts); err != nil {
			return nil, err
		}
	}
	if err := writeFiles(dir, texts); err != nil {
		return nil, err
	}
	return environment(dir, key(l), f.getenv("PKG_CONFIG_PATH"), t.CPPFlags), nil
}

func (o *options) folder(l *look) (string, error) {
	if o.dir == "" {
		return cacheFolder(l)
	}
	return filepath.Abs(o.dir)
}
