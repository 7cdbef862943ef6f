package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// The binder is not for others to import: it is timed by a benchmark of its
// own, which reads the body from a file.
const (
	scannerPackage   = "./spikard/internal/bind"
	scannerBenchmark = "^BenchmarkFile$"
	scannerVariable  = "SPIKARD_BENCH_JSON"
	schemaVariable   = "SPIKARD_BENCH_SCHEMA"
)

type scanner struct{ binary, file string }

// buildScanner compiles the scanner's benchmark into dir.
func buildScanner(ctx context.Context, dir string) (scanner, error) {
	root, err := moduleRoot()
	if err != nil {
		return scanner{}, err
	}
	s := scanner{binary: filepath.Join(dir, "scan.test"), file: filepath.Join(dir, "body.json")}
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-o", s.binary, scannerPackage)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return s, fmt.Errorf("go test -c %s: %w\n%s", scannerPackage, err, out)
	}
	return s, nil
}

// use sets the body.
func (s scanner) use(text []byte) error { return os.WriteFile(s.file, text, 0o600) }

var nanoseconds = regexp.MustCompile(`\s([\d.]+) ns/op`)

// time is what it takes to scan the body, and to check it if there is a schema:
// the mean of some runs.
func (s scanner) time(ctx context.Context, schema string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, s.binary, "-test.run=^$", "-test.bench="+scannerBenchmark,
		"-test.cpu=1", fmt.Sprintf("-test.benchtime=%dx", codecTurns))
	cmd.Env = append(os.Environ(), scannerVariable+"="+s.file, schemaVariable+"="+schema)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, out)
	}
	found := nanoseconds.FindSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("the scanner's benchmark tells no time:\n%s", out)
	}
	ns, err := strconv.ParseFloat(string(found[1]), 64)
	return time.Duration(ns), err
}
