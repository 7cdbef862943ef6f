package embedded

import (
	"context"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// asChild is set in processes that a test starts from its own binary: they
// unpack once and print the folder.
const asChild = "EMBEDDED_TEST_HOME"

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		home, err := Home(context.Background())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Print(home)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}
