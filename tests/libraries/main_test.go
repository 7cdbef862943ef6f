//go:build cgo && (linux || darwin) && (amd64 || arm64)

package libraries

import (
	"embed"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"syscall"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/goleak"

	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

//go:embed apps/*.py
var files embed.FS

// appVariable makes a process of the test binary the server of that app.
const appVariable = "SPIKARD_TEST_LIBRARIES_APP"

func TestMain(m *testing.M) {
	if name := os.Getenv(appVariable); name != "" {
		serve(name)
	}
	goleak.VerifyTestMain(m)
}

// serve is a user's program. It prints where it listens. It ends with a test that
// was killed as well, whose end of its input is closed then.
func serve(name string) {
	go func() { // as long as the process
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
	}()
	apps, err := fs.Sub(files, "apps")
	if err != nil {
		panic(err) // the name is well-formed
	}
	spikard.Serve(
		chosen.Module,
		spikard.PythonFS(apps, name+":app"),
		spikard.WithConfig(spikard.Config{
			Addr: "127.0.0.1:0", RequestTimeout: 5 * time.Minute,
			Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		}),
		fx.Invoke(func(lc fx.Lifecycle, server *spikard.Server) {
			lc.Append(fx.StartHook(func() { fmt.Println(server.Addr()) }))
		}),
	)
}
