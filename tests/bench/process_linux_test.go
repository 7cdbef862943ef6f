package main

import (
	"os"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	t.Parallel()
	const rest = " S 1 1 1 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0 100 1000 10"
	for name, tt := range map[string]struct {
		text string
		want time.Duration
		bad  bool
	}{
		"plain":           {"7 (server)" + rest, 3 * time.Second, false},
		"spaces in names": {"7 (a ) (b)" + rest, 3 * time.Second, false},
		"short":           {"7 (server) S 1", 0, true},
		"not a number":    {"7 (server) S 1 1 1 0 -1 0 100 0 0 0 x 50 0", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parseStat([]byte(tt.text))
			if (err != nil) != tt.bad || got != tt.want {
				t.Errorf("got %v, %v, want %v", got, err, tt.want)
			}
		})
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("7 (server) S 1 1 1 0 -1 4194560 100 0 0 0 250 50 0 0"))
	f.Fuzz(func(_ *testing.T, text []byte) { _, _ = parseStat(text) })
}

func TestOwnProcess(t *testing.T) {
	t.Parallel()
	if _, err := cpuTime(os.Getpid()); err != nil {
		t.Error(err)
	}
	if n, err := residentBytes(os.Getpid()); err != nil || n < 1<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
}
