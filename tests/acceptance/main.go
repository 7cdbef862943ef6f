package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
)

func main() {
	file := flag.String("cases", "", "the case file (default $"+casesVariable+", else ../shared/acceptance/cases.jsonl beside the module)")
	category := flag.String("category", "", "run the cases of this category only")
	verbose := flag.Bool("v", false, "list every case that does not count, with the reason")
	flag.Parse()
	if err := report(os.Stdout, *file, *category, *verbose, serveSpikard); err != nil {
		fmt.Fprintln(os.Stderr, "acceptance:", err)
		os.Exit(1)
	}
}

// report runs the own cases and those of the given file, and prints what came
// of them.
//
// # Errors
//
// A case that fails is no error. An error means that not every case was run.
func report(w io.Writer, file, category string, verbose bool, start serve) error {
	own, given, err := load(w, file, category)
	if err != nil {
		return err
	}
	counted, runErr := playAll(w, "own cases", own, verbose, start)
	if given != nil && runErr == nil {
		fmt.Fprintf(w, "own cases: %s\n\n", tally(counted))
		counted, runErr = playAll(w, "category", given, verbose, start)
	}
	fmt.Fprintln(w, tally(counted))
	return runErr
}

func playAll(w io.Writer, title string, cases []*Case, verbose bool, start serve) ([]Result, error) {
	results, err := run(cases, start)
	if verbose {
		printFailures(w, results)
	}
	if perr := printCategories(w, title, results); perr != nil {
		return results, perr
	}
	return results, err
}

// load reads the own cases and the given file's. The latter are nil, not
// empty, where there is no file.
func load(w io.Writer, file, category string) (own, given []*Case, err error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, nil, err
	}
	root, err := moduleRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	if own, err = readCases(ownCases(root)); err != nil {
		return nil, nil, err
	}
	path, err := givenCases(file, root)
	if err != nil {
		return nil, nil, err
	}
	if path == "" {
		fmt.Fprintf(w, "no case file at %s: only the own cases run (-cases or %s names another)\n", defaultCases(root), casesVariable)
	} else if given, err = readCases(path); err != nil {
		return nil, nil, err
	}
	return choose(own, given, category)
}

// choose keeps the cases of one category, if there is any such case.
func choose(own, given []*Case, category string) (_, _ []*Case, err error) {
	if category == "" {
		return own, given, nil
	}
	other := func(c *Case) bool { return c.Category != category }
	own = slices.DeleteFunc(own, other)
	kept := slices.DeleteFunc(given, other)
	if len(own)+len(kept) == 0 {
		return nil, nil, fmt.Errorf("no case is in the category %q", category)
	}
	return own, kept, nil
}
