package pybridgetest

import (
	"context"
	"log/slog"
	"sync"
)

// logs keeps log records. Debug records are kept too.
type logs struct {
	mu      sync.Mutex
	records []logged
}

// logged is a record with its attributes by name.
type logged struct {
	level   slog.Level
	message string
	attrs   map[string]string
}

var _ slog.Handler = (*logs)(nil)

func newLogs() *logs { return &logs{} }

// Enabled is true for every level.
func (l *logs) Enabled(context.Context, slog.Level) bool { return true }

// Handle keeps the record.
func (l *logs) Handle(_ context.Context, r slog.Record) error {
	attrs := map[string]string{}
	r.Attrs(func(a slog.Attr) bool {
		attrs[a.Key] = a.Value.String()
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = append(l.records, logged{r.Level, r.Message, attrs})
	return nil
}

// WithAttrs is not used by engines.
func (l *logs) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup is not used by engines.
func (l *logs) WithGroup(string) slog.Handler { return l }

// find gives the first record with a message.
func (l *logs) find(message string) (logged, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.records {
		if r.message == message {
			return r, true
		}
	}
	return logged{}, false
}

// messages are those of all records.
func (l *logs) messages() []string { return l.from("") }

// from gives the messages of one of Python's loggers; all for "".
func (l *logs) from(logger string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, r := range l.records {
		if logger == "" || r.attrs["logger"] == logger {
			out = append(out, r.message)
		}
	}
	return out
}
