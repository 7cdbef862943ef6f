//go:build linux && cgo && (amd64 || arm64)

package libraries

import (
	"bytes"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// startPostgres starts one of the test's own, at a Unix socket in the folder that
// it gives. It skips the test where there is none, but not in CI.
func startPostgres(t *testing.T) (dir string) {
	t.Helper()
	bin := postgresFolder()
	if bin == "" {
		notInstalled(t, "postgresql")
	}
	dir, err := os.MkdirTemp("", "pg") //nolint:usetesting // another user can't enter t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	as := unprivileged(t, dir)
	data := filepath.Join(dir, "data")
	create := as(exec.CommandContext(t.Context(), filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--no-locale", "-E", "UTF8"))
	if out, err := create.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	var said bytes.Buffer
	server := as(exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-F", "-k", dir, "-h", "", "-c", "max_connections=40"))
	server.Stderr = &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end(t, server, syscall.SIGINT) })
	awaitSocket(t, filepath.Join(dir, ".s.PGSQL.5432"))
	return dir
}

// postgresFolder is where initdb is: Debian leaves it out of PATH.
func postgresFolder() string {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is well-formed
	if len(found) == 0 {
		return ""
	}
	return filepath.Dir(found[len(found)-1])
}

// unprivileged has commands run by a user who isn't root, whom PostgreSQL
// refuses, and gives them the folder.
func unprivileged(t *testing.T, dir string) func(*exec.Cmd) *exec.Cmd {
	t.Helper()
	var credential *syscall.Credential
	if os.Getuid() == 0 {
		owner, err := user.Lookup("postgres")
		if err != nil {
			owner, err = user.Lookup("nobody")
		}
		if err != nil {
			t.Fatal("no user to run PostgreSQL as: ", err)
		}
		uid, _ := strconv.ParseUint(owner.Uid, 10, 32) // Unix's are numbers
		gid, _ := strconv.ParseUint(owner.Gid, 10, 32)
		if err := os.Chown(dir, int(uid), int(gid)); err != nil {
			t.Fatal(err)
		}
		credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return func(cmd *exec.Cmd) *exec.Cmd {
		cmd.Dir = dir
		// If the test is killed, so is its server.
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential, Pdeathsig: syscall.SIGQUIT}
		return cmd
	}
}
