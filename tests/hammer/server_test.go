package hammer

import (
	"context"
	"embed"
	"fmt"
	"io"
	"log/slog"
	"os"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

//go:embed app.py
var files embed.FS

// serverVariable makes a process of the test binary the server.
const serverVariable = "SPIKARD_HAMMER_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(serverVariable) != "" {
		os.Exit(serve())
	}
	os.Exit(m.Run())
}

// serve prints the address and serves until a signal comes, as any program
// does; its exit code tells whether the stop was in order.
func serve() int {
	var server *spikard.Server
	app := fx.New(
		fx.NopLogger, spikard.Module, chosen.Module, spikard.PythonFS(files, "app:app"),
		spikard.WithConfig(spikard.Config{
			Addr:   "127.0.0.1:0",
			Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		}),
		fx.Populate(&server), fx.StartTimeout(time.Minute), fx.StopTimeout(40*time.Second),
	)
	if err := app.Start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(server.Addr())
	<-app.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), app.StopTimeout())
	defer cancel()
	if err := app.Stop(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
