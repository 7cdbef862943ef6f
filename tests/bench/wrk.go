package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// load is what wrk reports of one run.
type load struct {
	Requests int           `json:"requests"`
	Rate     float64       `json:"requests_per_second"`
	P99      time.Duration `json:"p99_ns"`
	// Errors are requests that failed or were not answered with 2xx or 3xx.
	Errors int `json:"errors"`
}

// findWrk looks wrk up.
//
// # Errors
//
// The error says what to install.
func findWrk() (string, error) {
	path, err := exec.LookPath("wrk")
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("wrk is not on the PATH: install it (Debian and Ubuntu: apt-get install wrk; macOS: brew install wrk)")
	}
	return path, err
}

// runWrk loads a server with one workload.
func runWrk(ctx context.Context, wrk, base string, w workload, duration time.Duration, scratch string) (load, error) {
	seconds := max(1, int(duration.Round(time.Second)/time.Second))
	args := []string{"-t1", fmt.Sprintf("-c%d", w.connections), fmt.Sprintf("-d%ds", seconds), "--latency"}
	for _, line := range w.header {
		args = append(args, "-H", line)
	}
	if w.body != "" {
		script, err := postScript(scratch, w)
		if err != nil {
			return load{}, err
		}
		args = append(args, "-s", script)
	}
	ctx, cancel := context.WithTimeout(ctx, duration+30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, wrk, append(args, base+w.path)...).CombinedOutput()
	if err != nil {
		return load{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	return parseWrk(string(out))
}

// postScript writes the Lua that makes wrk send the workload's body.
func postScript(dir string, w workload) (string, error) {
	path := filepath.Join(dir, w.name+".lua")
	text := fmt.Sprintf("wrk.method = %q\nwrk.headers[\"Content-Type\"] = \"application/json\"\nwrk.body = [[%s]]\n", w.method, w.body)
	return path, os.WriteFile(path, []byte(text), 0o600)
}

var (
	wrkRequests = regexp.MustCompile(`(?m)^\s*(\d+) requests in`)
	wrkRate     = regexp.MustCompile(`(?m)^Requests/sec:\s+([\d.]+)`)
	wrkP99      = regexp.MustCompile(`(?m)^\s+99%\s+([\d.]+(?:us|ms|s|m))\s*$`)
	wrkSockets  = regexp.MustCompile(`Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)`)
	wrkStatus   = regexp.MustCompile(`Non-2xx or 3xx responses: (\d+)`)
)

// parseWrk reads wrk's report.
func parseWrk(out string) (load, error) {
	requests, rate, p99 := wrkRequests.FindStringSubmatch(out), wrkRate.FindStringSubmatch(out), wrkP99.FindStringSubmatch(out)
	if requests == nil || rate == nil || p99 == nil {
		return load{}, fmt.Errorf("wrk's report lacks the requests, the rate or the 99th percentile:\n%s", out)
	}
	var l load
	var errs [3]error
	l.Requests, errs[0] = strconv.Atoi(requests[1])
	l.Rate, errs[1] = strconv.ParseFloat(rate[1], 64)
	l.P99, errs[2] = time.ParseDuration(strings.Replace(p99[1], "us", "µs", 1))
	if err := errors.Join(errs[:]...); err != nil {
		return load{}, err
	}
	for _, match := range [][]string{wrkSockets.FindStringSubmatch(out), wrkStatus.FindStringSubmatch(out)} {
		for i := 1; i < len(match); i++ {
			n, err := strconv.Atoi(match[i])
			if err != nil {
				return load{}, err
			}
			l.Errors += n
		}
	}
	return l, nil
}
