package lifecycle_test

import (
	"testing"

	"github.com/spikard/spikard-go/lifecycle"
)

func TestKnown(t *testing.T) {
	t.Parallel()
	for _, s := range lifecycle.Stages() {
		if !s.Known() {
			t.Errorf("%s is not known", s)
		}
	}
	for _, s := range []lifecycle.Stage{"", "on_close", "ON_STARTUP"} {
		if s.Known() {
			t.Errorf("%q is known", s)
		}
	}
}
