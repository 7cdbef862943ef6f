//go:build cgo && (linux || darwin) && (amd64 || arm64)

package engine

import (
	"fmt"
	"os"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython"
	"github.com/spikard/spikard-go/pybridge/embedded"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

// asChild holds the Python of a process that TestInstalled starts.
const asChild = "SPIKARD_ENGINE_TEST_CHILD"

// TestEmbedded runs the suite with the embedded CPython, in this process.
func TestEmbedded(t *testing.T) {
	if os.Getenv(asChild) != "" {
		t.Skip("this process has another python")
	}
	if chosen.Linked {
		fmt.Println("embedded python: not tested: this program is linked with another")
		t.Skip("this program is linked with a python")
	}
	t.Setenv("SPIKARD_PYTHON", "")
	t.Setenv("VIRTUAL_ENV", "")
	home, err := embedded.Home(t.Context())
	if err != nil {
		fmt.Printf("embedded python: not tested: %v\n", err)
		t.Skip(err)
	}
	fmt.Printf("embedded python: tested, from %s\n", home)
	pybridgetest.RunEngineSuite(t, func(testing.TB) pybridge.Engine {
		return cpython.New(cpython.Options{Embedded: embedded.Home})
	})
	t.Run("Signals", testSignals)
}

// TestChild runs the suite with the Python that the parent has chosen.
func TestChild(t *testing.T) {
	if os.Getenv(asChild) == "" {
		t.Skip("run by TestInstalled, in processes of their own")
	}
	t.Cleanup(func() {
		if got := chosen.New(cpython.Options{}).Info().Executable; got != os.Getenv(asChild) {
			t.Errorf("the suite ran on %s", got)
		}
	})
	pybridgetest.RunEngineSuite(t, func(testing.TB) pybridge.Engine { return chosen.New(cpython.Options{}) })
	t.Run("Signals", testSignals)
}

// TestInstalled runs the suite with each Python that is installed.
func TestInstalled(t *testing.T) {
	if os.Getenv(asChild) != "" {
		t.Skip("this process has one python")
	}
	for _, c := range candidates(t.Context()) {
		if c.skip != "" {
			fmt.Printf("%s: not tested: %s\n", c.executable, c.skip)
			continue
		}
		fmt.Printf("%s: tested, version %s\n", c.executable, c.version)
		t.Run(c.version, func(t *testing.T) { inChild(t, c.executable, "TestChild") })
	}
}
