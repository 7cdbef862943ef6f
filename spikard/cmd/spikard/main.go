// Command spikard holds the tools around the library. It builds without cgo and
// without Python, as some of its tools prepare for both.
//
//	go run github.com/spikard/spikard-go/spikard/cmd/spikard help
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spikard/spikard-go/spikard/cmd/spikard/internal/pyconfig"
)

// command is a subcommand. Its run gives the exit code: 0, 1 for an error that
// it has told on stderr, 2 for arguments that it does not take.
type command struct {
	name, summary string
	run           func(ctx context.Context, args []string, stdout, stderr io.Writer) int
}

var commands = []command{
	{"pyconfig", "prepares a build that links a CPython through go-python3", pyconfig.Run},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code) //nolint:forbidigo // this is the main function
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		usage(stderr)
		return 2
	}
	name, rest := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		if len(rest) == 0 {
			usage(stdout)
			return 0
		}
		name, rest = rest[0], []string{"-h"}
	}
	for _, c := range commands {
		if c.name == name {
			return c.run(ctx, rest, stdout, stderr)
		}
	}
	fmt.Fprintf(stderr, "spikard: there is no command %q; \"spikard help\" lists those that there are\n", name)
	return 2
}

func usage(w io.Writer) {
	fmt.Fprint(w, "usage: spikard COMMAND [ARGUMENTS]\n\nThe commands are:\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\n\"spikard help COMMAND\" tells more of one.\n")
}
