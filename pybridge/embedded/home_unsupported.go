//go:build !((linux || darwin) && (amd64 || arm64))

package embedded

import (
	"context"
	"fmt"
	"runtime"
)

// Home says that this platform has no embedded Python. On Linux and macOS, on
// amd64 and arm64, it unpacks one and gives its folder.
//
// # Errors
//
// Always: it names the platform and what to do instead.
func Home(context.Context) (string, error) {
	return "", fmt.Errorf("there is no embedded python for %s/%s: install python 3.10 to 3.14 and set SPIKARD_PYTHON to it",
		runtime.GOOS, runtime.GOARCH)
}
