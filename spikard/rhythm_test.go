package spikard

import (
	"testing"
	"time"
)

// TestRhythm goes through runs of a job: when each has ended, and how.
func TestRhythm(t *testing.T) {
	t.Parallel()
	type run struct {
		ended  time.Duration // since the start
		failed bool
		// due is when the next run is, skipped how many are left out before it.
		due     time.Duration
		skipped int
	}
	const s = time.Second
	for _, tt := range []struct {
		name        string
		every       time.Duration
		immediately bool
		first       time.Duration
		runs        []run
	}{
		{"in time", 10 * s, false, 10 * s, []run{{11 * s, false, 20 * s, 0}, {29 * s, false, 30 * s, 0}}},
		{"immediately", 10 * s, true, 0, []run{{1 * s, false, 10 * s, 0}}},
		{"late", 10 * s, false, 10 * s, []run{{20 * s, false, 30 * s, 1}, {65 * s, false, 70 * s, 3}}},
		{"fails once", 10 * s, false, 10 * s, []run{{11 * s, true, 12 * s, 0}, {13 * s, false, 20 * s, 0}}},
		{"fails over a tick", 10 * s, false, 10 * s, []run{{19 * s, true, 20 * s, 0}, {21 * s, true, 23 * s, 0}, {45 * s, false, 50 * s, 0}}},
		{"fails up to a minute", 2 * s, true, 0, []run{
			{0, true, 1 * s, 0},
			{1 * s, true, 3 * s, 0},
			{3 * s, true, 7 * s, 0},
			{7 * s, true, 15 * s, 0},
			{15 * s, true, 31 * s, 0},
			{31 * s, true, 63 * s, 0},
			{63 * s, true, 123 * s, 0},
			{123 * s, true, 183 * s, 0},
			{184 * s, false, 186 * s, 0},
			{187 * s, true, 188 * s, 0},
		}},
		{"fails up to its interval", 90 * s, true, 0, []run{
			{0, true, 1 * s, 0},
			{0, true, 2 * s, 0},
			{0, true, 4 * s, 0},
			{0, true, 8 * s, 0},
			{0, true, 16 * s, 0},
			{0, true, 32 * s, 0},
			{0, true, 64 * s, 0},
			{0, true, 90 * s, 0},
			{0, true, 90 * s, 0},
		}},
		{"a short one fails", s / 10, true, 0, []run{{0, true, s / 10, 0}, {s / 10, true, 3 * s / 10, 0}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			r := newRhythm(tt.every, tt.immediately, begin)
			r.random = func() float64 { return 0 }
			if got := r.due.Sub(begin); got != tt.first {
				t.Errorf("the first run is after %v, want %v", got, tt.first)
			}
			for i, run := range tt.runs {
				skipped := r.ended(begin.Add(run.ended), run.failed)
				if got := r.due.Sub(begin); got != run.due || skipped != run.skipped {
					t.Errorf("run %d: the next is after %v with %d skipped, want %v and %d", i, got, skipped, run.due, run.skipped)
				}
			}
		})
	}
}

// TestRhythmJitter has a delay be up to half as long.
func TestRhythmJitter(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	r := newRhythm(time.Minute, true, begin)
	r.random = func() float64 { return 0.5 }
	r.ended(begin, true)
	if got := r.due.Sub(begin); got != 750*time.Millisecond {
		t.Errorf("got %v", got)
	}
}
