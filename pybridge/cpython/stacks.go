package cpython

import (
	"strconv"
	"strings"

	"github.com/spikard/spikard-go/pybridge"
)

// parseStacks reads what faulthandler writes:
//
//	Thread 0x00007f9ed8aff6c0 [name] (most recent call first):
//	  File "/app.py", line 14 in index
//
// Threads that are not in Python are left out.
func parseStacks(text string) []pybridge.ThreadState {
	var out []pybridge.ThreadState
	for part := range strings.SplitSeq(text, "\n\n") {
		head, frames, _ := strings.Cut(part, "\n")
		_, rest, ok := strings.Cut(head, "hread 0x")
		if !ok {
			continue
		}
		number, _, _ := strings.Cut(rest, " ")
		id, err := strconv.ParseUint(number, 16, 64)
		if err != nil {
			continue
		}
		if stack := parseFrames(frames); len(stack) > 0 {
			out = append(out, pybridge.ThreadState{ID: id, Stack: stack})
		}
	}
	return out
}

func parseFrames(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line == "<no Python frame>" {
			continue
		}
		if rest, ok := strings.CutPrefix(line, `File "`); ok {
			if file, at, ok := strings.Cut(rest, `", line `); ok {
				line = file + ":" + at
			}
		}
		out = append(out, line)
	}
	return out
}
