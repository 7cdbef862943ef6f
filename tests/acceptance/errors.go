package main

import (
	"fmt"
	"slices"
)

// differErrors compares the errors of a validation problem: in order, else
// each with the entry of the same loc and type, since cases differ in the
// order they list them. What an entry says is compared either way.
func differErrors(want, got []any) string {
	if len(want) != len(got) {
		return fmt.Sprintf("errors has %d entries, want %d: %s", len(got), len(want), compact(got))
	}
	inOrder := ""
	for i := range want {
		if inOrder = differEntry(want[i], got[i], fmt.Sprintf("errors[%d]", i)); inOrder != "" {
			break
		}
	}
	if inOrder == "" {
		return ""
	}
	if diff := differSubset(want, got); diff != "" {
		return inOrder
	}
	return ""
}

// differSubset finds each wanted entry among those that came, each once.
func differSubset(want, got []any) string {
	left := slices.Clone(got)
	for i, w := range want {
		at := slices.IndexFunc(left, func(g any) bool { return differEntry(w, g, "") == "" })
		if at < 0 {
			return fmt.Sprintf("errors has no entry like %s (the case's entry %d): %s", compact(w), i, compact(got))
		}
		left = slices.Delete(left, at, at+1)
	}
	return ""
}

// differEntry compares two entries. Of the kinds whose text is each
// implementation's own, only type and loc count.
func differEntry(want, got any, at string) string {
	w, wok := want.(map[string]any)
	g, gok := got.(map[string]any)
	if !wok || !gok {
		return differ(want, got, at)
	}
	if w["type"] == "validation_error" || w["type"] == "type_error" {
		w = map[string]any{"type": w["type"], "loc": w["loc"]}
		g = map[string]any{"type": g["type"], "loc": g["loc"]}
	}
	return differ(w, g, at)
}
