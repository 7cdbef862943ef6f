package pyconfig

import (
	"errors"
	"flag"
	"io"
)

const usage = `usage: spikard pyconfig [-python PYTHON] [-o DIR]
       spikard pyconfig [-python PYTHON] [-o DIR] [--] COMMAND [ARGUMENTS]
       spikard pyconfig -list [-json] [PYTHON...]

Prepares a build of a program that imports github.com/DataDog/go-python3 against
a CPython 3.10 to 3.14 with its development files (Debian's python3-dev; pyenv
with PYTHON_CONFIGURE_OPTS=--enable-shared).

Prints the environment to build in, for the shell:

    eval "$(spikard pyconfig)"
    go build ./...

With a command, runs that in it. Its exit code is this one's (go run has none but
1: use a built spikard where the code matters):

    spikard pyconfig go test ./...
    spikard pyconfig -python python3.12 -- go build -o server .

Options:

    -python PYTHON  an executable, a name on PATH or an environment's folder;
                    else SPIKARD_PYTHON, else VIRTUAL_ENV, else the newest
                    of python3.14 to python3.10 and python3 on PATH that is fit
    -o DIR          where to write python3.pc and include/Python.h, in place of
                    the user's cache folder:
                        spikard pyconfig -python ~/venv -o build/python
    -list           prints the Pythons that are there or those that are named,
                    one a line: version, executable, library, and "fit" or why not
                        spikard pyconfig -list
    -json           with -list, as JSON, for scripts:
                        spikard pyconfig -list -json ~/.pyenv/versions/*/bin/python3
`

type options struct {
	python, dir string
	list, json  bool
	// args are the command to run, or with -list the Pythons.
	args []string
}

// parse reads the arguments; what stands behind the first that is no option is
// the command's. The error is [flag.ErrHelp] when they ask for the usage.
func parse(args []string) (*options, error) {
	o := &options{}
	set := flag.NewFlagSet("spikard pyconfig", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&o.python, "python", "", "")
	set.StringVar(&o.dir, "o", "", "")
	set.BoolVar(&o.list, "list", false, "")
	set.BoolVar(&o.json, "json", false, "")
	if err := set.Parse(args); err != nil {
		return nil, err
	}
	o.args = set.Args()
	switch {
	case o.json && !o.list:
		return nil, errors.New("-json goes with -list")
	case o.list && o.dir != "":
		return nil, errors.New("-o does not go with -list, which writes nothing")
	case o.list && o.python != "":
		o.args = append([]string{o.python}, o.args...)
	}
	return o, nil
}
