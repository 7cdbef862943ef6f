package property

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// The variables that set how many cases a test tries, and which.
const (
	casesVariable = "SPIKARD_PROPERTY_CASES"
	seedVariable  = "SPIKARD_PROPERTY_SEED"
)

// cases is how many cases to try, usual unless the variable says otherwise.
func cases(t *testing.T, usual int) int {
	t.Helper()
	return fromEnv(t, casesVariable, usual)
}

// seeded is a source of random numbers whose seed a failure names.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := fromEnv(t, seedVariable, 1)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s=%d", seedVariable, seed)
		}
	})
	return rand.New(rand.NewPCG(uint64(seed), 0))
}

func fromEnv(t *testing.T, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
