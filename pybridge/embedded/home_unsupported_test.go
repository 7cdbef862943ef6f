//go:build !((linux || darwin) && (amd64 || arm64))

package embedded

import (
	"strings"
	"testing"
)

func TestHomeNamesThePlatform(t *testing.T) {
	t.Parallel()
	if home, err := Home(t.Context()); err == nil || !strings.Contains(err.Error(), "SPIKARD_PYTHON") {
		t.Errorf("Home gave %q, %v", home, err)
	}
}
