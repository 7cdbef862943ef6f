package pyconfig

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

//go:embed probe.py
var probeScript string

// probeMark starts the line of the answer: what a Python starts may print others.
const probeMark = "spikard-pyconfig:"

// probeTimeout is far above any start that works (20 to 120 ms, the latter
// through pyenv's shims), so what reaches it hangs.
const probeTimeout = 10 * time.Second

// probe runs the script on exe, without the variables of Python and without
// site: neither has a say in where the development files lie. -I would say so in
// one letter, but Python 2 does not know it.
func (f *finder) probe(ctx context.Context, exe string) (*report, error) {
	limited, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	var stdout, stderr capped
	cmd := exec.CommandContext(limited, exe, "-E", "-s", "-S", "-c", probeScript)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	// A grandchild that keeps the pipes open must not keep us.
	cmd.WaitDelay = time.Second
	ownGroup(cmd)
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if limited.Err() != nil {
		return nil, &refusal{
			path: exe, reason: fmt.Sprintf("gave no answer within %s and was stopped%s", f.timeout, stderr.tail()),
			hint: "run it with -c pass to see why", err: limited.Err(),
		}
	}
	// ErrWaitDelay: it ended well, and something that it started lives on.
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return nil, unprobed(exe, err, stderr.tail())
	}
	return parseReport(exe, stdout.Bytes(), stderr.tail())
}

func unprobed(exe string, err error, printed string) error {
	r := &refusal{path: exe, err: err, hint: "run it with -c pass to see why"}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		r.reason = "could not start: " + exit.String() + printed
		if strings.HasPrefix(printed, " (pyenv: ") {
			r.hint = "select a version that has it with pyenv local or pyenv shell"
		}
	case errors.Is(err, syscall.ENOEXEC):
		r.reason = "is not an executable for this system and architecture"
		r.hint = "name a python that is"
	case errors.Is(err, fs.ErrNotExist):
		r.reason = "names a loader or a #! interpreter that does not exist here"
		r.hint = "it may be built for another C library (glibc, musl): install this system's own python"
	default:
		r.reason = fmt.Sprintf("could not be run: %v", err)
	}
	return r
}

func parseReport(exe string, stdout []byte, printed string) (*report, error) {
	bad := func(reason string, err error) error {
		return &refusal{path: exe, reason: reason + printed, hint: "name a python executable", err: err}
	}
	at := bytes.LastIndex(stdout, []byte("\n"+probeMark))
	if at < 0 {
		return nil, bad("ran, but did not answer as a python does", nil)
	}
	line, _, _ := bytes.Cut(stdout[at+1+len(probeMark):], []byte("\n"))
	r := &report{probed: exe}
	if err := json.Unmarshal(line, r); err != nil {
		return nil, bad(fmt.Sprintf("gave an answer that can't be read (%v)", err), err)
	}
	if r.Executable == "" {
		r.Executable = exe
	}
	return r, nil
}

// capped keeps the first part of what a process prints.
type capped struct{ bytes.Buffer }

const outputLimit = 1 << 20

// Write never fails: an error would break the process's pipe.
func (c *capped) Write(p []byte) (int, error) {
	if room := outputLimit - c.Len(); room > 0 {
		c.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// tail is the last line that names an error, or else the last one, as a suffix.
func (c *capped) tail() string {
	found := ""
	for line := range strings.Lines(c.String()) {
		line = strings.TrimSpace(line)
		if line != "" && (telling(line) || !telling(found)) {
			found = line
		}
	}
	if found == "" {
		return ""
	}
	const limit = 300
	if len(found) > limit {
		found = found[:limit] + "…"
	}
	return " (" + strings.ToValidUTF8(found, "?") + ")"
}

// telling knows Python's exceptions, and shells and shims without their command.
func telling(line string) bool {
	return strings.Contains(line, "Error") || strings.Contains(line, "not found")
}
