package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// casesVariable names the environment variable that gives the case file.
const casesVariable = "SPIKARD_ACCEPTANCE"

// moduleRoot is the nearest folder upwards from dir that holds a go.mod.
func moduleRoot(dir string) (string, error) {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("no go.mod in %s or above it: run this inside the module", dir)
		}
	}
}

// givenCases finds the case file: the flag's value, else the environment
// variable's, else the default beside the module root. An empty path with a
// nil error means that the default is not there.
//
// # Errors
//
// A file that was asked for by flag or variable must exist.
func givenCases(flag, root string) (string, error) {
	path, from := flag, "-cases"
	if path == "" {
		path, from = os.Getenv(casesVariable), casesVariable
	}
	if path != "" {
		// go test runs in the package's folder: what a user typed at the
		// module root must mean the same there.
		if !filepath.IsAbs(path) {
			if _, err := os.Stat(path); err != nil {
				path = filepath.Join(root, path)
			}
		}
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("%s: %w", from, err)
		}
		return path, nil
	}
	path = defaultCases(root)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return path, nil
}

func defaultCases(root string) string {
	return filepath.Join(root, "..", "shared", "acceptance", "cases.jsonl")
}

func ownCases(root string) string {
	return filepath.Join(root, "tests", "acceptance", "testdata", "own.jsonl")
}
