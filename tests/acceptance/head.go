package main

import (
	"fmt"
	"maps"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// checkHead compares what a case checks of the answer's head.
func checkHead(grade Grade, expect Expect, got *answer) error {
	if grade.checks("headers") {
		for _, name := range slices.Sorted(maps.Keys(expect.Headers)) {
			if err := checkHeader(name, expect.Headers[name], got.header); err != nil {
				return err
			}
		}
	}
	if grade.checks("cookies") {
		for _, name := range slices.Sorted(maps.Keys(expect.Cookies)) {
			if err := checkCookie(name, expect.Cookies[name], got.header); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkHeader(name, want string, header http.Header) error {
	lines := header.Values(name)
	if want == absent {
		if len(lines) > 0 {
			return fmt.Errorf("header %s is %q, want it absent", name, lines)
		}
		return nil
	}
	if len(lines) == 0 {
		return fmt.Errorf("header %s is missing, want %q", name, want)
	}
	// Lines of one header are one list (RFC 9110, section 5.3).
	if got := strings.Join(lines, ", "); !sameHeader(name, want, got) {
		return fmt.Errorf("header %s is %q, want %q", name, got, want)
	}
	return nil
}

func sameHeader(name, want, got string) bool {
	switch {
	case want == present:
		return got != ""
	case want == anyUUID:
		return uuidText.MatchString(got)
	case strings.Contains(want, ".*"):
		parts := strings.Split(want, ".*")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$").MatchString(got)
	case strings.EqualFold(name, "Vary"):
		return slices.Equal(fieldNames(want), fieldNames(got))
	case strings.EqualFold(name, "Content-Type"):
		return sameMediaType(want, got)
	}
	return want == got
}

// fieldNames reads a list of header names, whose case and order are free.
func fieldNames(list string) []string {
	names := strings.Split(strings.ToLower(list), ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// sameMediaType compares the media types, and the parameters where the case
// has any. A charset's case is free.
func sameMediaType(want, got string) bool {
	wantKind, wantParams, werr := mime.ParseMediaType(want)
	gotKind, gotParams, gerr := mime.ParseMediaType(got)
	if werr != nil || gerr != nil {
		return want == got
	}
	if wantKind != gotKind {
		return false
	}
	return len(wantParams) == 0 || maps.EqualFunc(wantParams, gotParams, strings.EqualFold)
}
