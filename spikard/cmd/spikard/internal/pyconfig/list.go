package pyconfig

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// entry is what -list tells of a Python. What is not known is empty.
type entry struct {
	// Origin says what names it: PATH, or what is binding.
	Origin     string `json:"origin"`
	Path       string `json:"path"`
	Version    string `json:"version"`
	Executable string `json:"executable"`
	Library    string `json:"library"`
	Fit        bool   `json:"fit"`
	// Reason is why it is not fit, and Hint what to do about it.
	Reason string `json:"reason,omitempty"`
	Hint   string `json:"hint,omitempty"`
}

func (o *options) printList(ctx context.Context, f *finder, w io.Writer) error {
	looks := o.looks(ctx, f)
	if err := context.Cause(ctx); err != nil {
		return err
	}
	entries := make([]entry, 0, len(looks))
	for _, l := range looks {
		entries = append(entries, l.entry())
	}
	if o.json {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(entries)
	}
	return printLines(w, entries)
}

func (o *options) looks(ctx context.Context, f *finder) []*look {
	if len(o.args) == 0 {
		return f.survey(ctx)
	}
	var looks []*look
	for _, python := range o.args {
		looks = append(looks, f.named(ctx, originOption, python))
	}
	return looks
}

func (l *look) entry() entry {
	e := entry{Origin: l.origin, Path: l.path, Executable: l.path, Library: l.library, Fit: l.err == nil}
	if l.report != nil {
		e.Version, e.Executable = l.report.Version, l.report.Executable
	}
	if l.err != nil {
		r := refusalOf(l.path, l.err)
		e.Reason, e.Hint = r.reason, r.hint
	}
	return e
}

func printLines(w io.Writer, entries []entry) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, e := range entries {
		verdict := "fit"
		if !e.Fit {
			verdict = e.Reason
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", orDash(e.Version), e.Executable, orDash(e.Library), verdict)
	}
	return table.Flush()
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
