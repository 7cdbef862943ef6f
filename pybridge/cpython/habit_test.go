package cpython

import (
	"testing"
	"time"
)

func TestHabit(t *testing.T) {
	t.Parallel()
	var h habit
	if h.isSlow() {
		t.Error("a new program is taken for a slow one")
	}
	h.lose()
	if !h.isSlow() {
		t.Error("one that lost the baton is not let in without it")
	}
	h.ran(10 * time.Millisecond)
	for range forgetAfter {
		if !h.isSlow() {
			t.Fatal("one that is slow was forgotten too soon")
		}
		h.ran(time.Microsecond)
	}
	if h.isSlow() {
		t.Error("one that is slow no more is not forgotten")
	}
}
