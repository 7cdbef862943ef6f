package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// Count is how many of a use's cases passed.
type Count struct {
	Passed int `json:"passed"`
	Of     int `json:"of"`
}

func (c Count) String() string { return fmt.Sprintf("%d/%d", c.Passed, c.Of) }

// Tally is the outcome of many cases.
type Tally struct {
	Waived int
	Uses   map[Use]Count
}

// tally counts results.
func tally(results []Result) Tally {
	t := Tally{Uses: map[Use]Count{}}
	for _, r := range results {
		n := t.Uses[r.Case.Grade.Use]
		n.Of++
		if r.Passed() {
			n.Passed++
		}
		t.Uses[r.Case.Grade.Use] = n
		if r.Waived != "" {
			t.Waived++
		}
	}
	return t
}

// String is the report's last line.
func (t Tally) String() string {
	parts := []string{fmt.Sprintf("waived %d", t.Waived)}
	for _, use := range uses {
		parts = append(parts, fmt.Sprintf("%s %s", use, t.Uses[use]))
	}
	return strings.Join(parts, " ")
}

// printFailures lists every case that does not count, with the reason.
func printFailures(w io.Writer, results []Result) {
	for _, r := range results {
		switch {
		case r.Waived != "" && r.Err == nil:
			fmt.Fprintf(w, "waived %s (%s): would pass, the rule is not needed: %s\n", r.Case.ID, r.Case.Grade.Use, r.Waived)
		case r.Waived != "":
			fmt.Fprintf(w, "waived %s (%s): %s\n", r.Case.ID, r.Case.Grade.Use, r.Waived)
		case r.Err != nil:
			reason := strings.ReplaceAll(strings.TrimSpace(r.Err.Error()), "\n", "\n    ")
			fmt.Fprintf(w, "FAIL %s (%s): %s\n", r.Case.ID, r.Case.Grade.Use, reason)
		}
	}
}

// printCategories prints a row for each category.
func printCategories(w io.Writer, title string, results []Result) error {
	byCategory := map[string][]Result{}
	for _, r := range results {
		byCategory[r.Case.Category] = append(byCategory[r.Case.Category], r)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%s\tgate\tstatus\treply\tfeature\twaived\n", title)
	for _, category := range slices.Sorted(maps.Keys(byCategory)) {
		t := tally(byCategory[category])
		fmt.Fprint(table, category)
		for _, use := range uses {
			cell := "-"
			if n := t.Uses[use]; n.Of > 0 {
				cell = n.String()
			}
			fmt.Fprintf(table, "\t%s", cell)
		}
		fmt.Fprintf(table, "\t%d\n", t.Waived)
	}
	return table.Flush()
}
