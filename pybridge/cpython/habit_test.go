package cpython

import (
	"testing"
	"time"
)

func TestHabit(t *testing.T) {
	t.Parallel()
	var h habit
	if h.blocks() {
		t.Error("a new program is taken for one that blocks")
	}
	h.lost()
	if !h.blocks() {
		t.Error("one that lost the baton is not tried without it")
	}
	h.ran(10*time.Millisecond, time.Millisecond)
	for range forgetAfter {
		if !h.blocks() {
			t.Fatal("one that blocks was forgotten too soon")
		}
		h.ran(time.Microsecond, time.Microsecond)
	}
	if h.blocks() {
		t.Error("one that blocks no more is not forgotten")
	}
}

func TestHabitOfComputing(t *testing.T) {
	t.Parallel()
	var h habit
	h.lost()
	h.ran(10*time.Millisecond, 9*time.Millisecond)
	for range doubtAfter {
		if h.blocks() {
			t.Fatal("one that computes is let in without the baton")
		}
		h.lost()
	}
	h.lost()
	if !h.blocks() {
		t.Error("one that computed is never tried again")
	}
}
