package abuse

import (
	"bufio"
	"context"
	"embed"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/tests/internal/chosen"
)

//go:embed app.py
var files embed.FS

// serverVariable makes a process of the test binary the server, so that what
// the clients take is not counted as its.
const serverVariable = "SPIKARD_ABUSE_SERVER"

// maxHeader is a limit that is soon reached; all others are the defaults.
const (
	maxHeader = 64 << 10
	maxBody   = 10 << 20
)

func TestMain(m *testing.M) {
	if os.Getenv(serverVariable) != "" {
		os.Exit(serve())
	}
	os.Exit(m.Run())
}

// serve prints the address and serves until its input ends.
func serve() int {
	var server *spikard.Server
	app := fx.New(
		fx.NopLogger, spikard.Module, chosen.Module, spikard.PythonFS(files, "app:app"),
		spikard.WithConfig(spikard.Config{
			Addr:           "127.0.0.1:0",
			MaxHeaderBytes: maxHeader,
			Logger:         slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		}),
		fx.Populate(&server), fx.StartTimeout(time.Minute), fx.StopTimeout(40*time.Second),
	)
	if err := app.Start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(server.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	ctx, cancel := context.WithTimeout(context.Background(), app.StopTimeout())
	defer cancel()
	if err := app.Stop(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// start runs this test binary as the server, which keeps its temporary files
// in a folder of its own, and sees to it that it ends in order.
func start(t *testing.T) (address, temporary string) {
	t.Helper()
	temporary = t.TempDir()
	server := exec.CommandContext(context.Background(), os.Args[0])
	server.Env = append(os.Environ(), serverVariable+"=1", "TMPDIR="+temporary)
	server.Stderr = os.Stderr
	in, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer time.AfterFunc(time.Minute, func() { _ = server.Process.Kill() }).Stop()
		in.Close()
		if err := server.Wait(); err != nil {
			t.Error("the stop was not in order:", err)
		}
	})
	address, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("the server did not start")
	}
	return strings.TrimSpace(address), temporary
}
