package locate

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

//go:embed probe.py
var probeScript string

// probeMark starts the line of the answer: a sitecustomize may print others.
const probeMark = "spikard-probe:"

// probe runs the script on exe.
//
// No option of Python is given. -I and -E would hide the PYTHONPATH and
// PYTHONHOME that the start in this process will see, and -S would skip site,
// which is what finds a virtual environment's prefix before 3.14. What it
// costs is a start of Python, 20 to 30 ms (through pyenv's shims 120).
func (f *finder) probe(ctx context.Context, exe, home string) (*report, error) {
	limited, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	var stdout, stderr capped
	cmd := exec.CommandContext(limited, exe, "-c", probeScript)
	cmd.Env = f.environ(home)
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
		return nil, f.unprobed(exe, home, err, &stderr)
	}
	return parseReport(exe, stdout.Bytes(), stderr.tail())
}

// environ is this process's, with what the request's Getenv says of the
// variables that decide here, and with the embedded Python's home.
func (f *finder) environ(home string) []string {
	env := os.Environ()
	for _, key := range []string{"PATH", "PYTHONHOME", "PYTHONPATH", "PYTHONUTF8", "VIRTUAL_ENV"} {
		value := f.Getenv(key)
		if key == "PYTHONHOME" && home != "" {
			value = home
		}
		env = slices.DeleteFunc(env, func(pair string) bool { return strings.HasPrefix(pair, key+"=") })
		if value != "" {
			env = append(env, key+"="+value)
		}
	}
	return env
}

func (f *finder) unprobed(exe, home string, err error, stderr *capped) error {
	r := &refusal{path: exe, err: err, hint: "run it with -c pass to see why"}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		r.reason = "could not start: " + exit.String() + stderr.tail()
	case errors.Is(err, syscall.ENOEXEC):
		r.reason = "is not an executable for this system and architecture"
		r.hint = "name a python that is"
	case errors.Is(err, fs.ErrNotExist):
		r.reason = "names a loader or a #! interpreter that does not exist here"
		r.hint = "it may be built for another C library (glibc, musl): install this system's own python"
	default:
		r.reason = fmt.Sprintf("could not be run: %v", err)
	}
	if value := f.Getenv("PYTHONHOME"); value != "" && home == "" {
		r.hint = "PYTHONHOME is set to " + value + ", which must be this python's own home: unset it"
	}
	return r
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
// A fatal error of Python goes on for some lines with its threads' frames.
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
