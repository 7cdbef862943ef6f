//go:build linux && cgo && (amd64 || arm64)

package libraries

import (
	"net"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// notInstalled ends a test whose Debian package is missing.
func notInstalled(t *testing.T, name string) {
	t.Helper()
	if inCI() {
		t.Fatalf("%s has to be installed in CI", name)
	}
	t.Skipf("not run: %s is not installed (Debian: apt install %[1]s)", name)
}

// startRedis starts one of the test's own, at the Unix socket that it gives.
func startRedis(t *testing.T) (socket string) {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		notInstalled(t, "redis-server")
	}
	socket = filepath.Join(t.TempDir(), "redis.sock")
	server := exec.Command(binary, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--dir", filepath.Dir(socket))
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end(t, server, syscall.SIGTERM) })
	awaitSocket(t, socket)
	return socket
}

// end stops a service that the test has started.
func end(t *testing.T, service *exec.Cmd, signal syscall.Signal) {
	t.Helper()
	_ = service.Process.Signal(signal) // it may have ended, which Wait tells
	defer time.AfterFunc(time.Minute, func() { _ = service.Process.Kill() }).Stop()
	if err := service.Wait(); err != nil {
		t.Errorf("%s: %v\n%s", service.Path, err, service.Stderr)
	}
}

// awaitSocket returns when somebody listens.
func awaitSocket(t *testing.T, path string) {
	t.Helper()
	for limit := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("unix", path)
		if err == nil {
			conn.Close()
			return
		}
		if time.Now().After(limit) {
			t.Fatal(err)
		}
	}
}
