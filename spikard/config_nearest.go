package spikard

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// nearest gives what the variables nearest to one stand for: none if all are
// more than three edits away, or than half of a short name.
func nearest(name string, names map[string][]string) []string {
	farthest := min(3, (len(name)-len(variablePrefix))/2)
	best := farthest + 1
	found := map[string]bool{}
	for candidate, meanings := range names {
		d := distance(name, candidate)
		if d > best || d > farthest {
			continue
		}
		if d < best {
			clear(found)
		}
		best = d
		for _, meaning := range meanings {
			found[meaning] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// distance counts the letters to insert, delete or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// snake writes a Go name as a variable: MaxHeaderBytes is MAX_HEADER_BYTES.
func snake(name string) string {
	var b strings.Builder
	letters := []rune(name)
	for i, r := range letters {
		starts := i > 0 && unicode.IsUpper(r) &&
			(unicode.IsLower(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1]))
		if starts {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}
