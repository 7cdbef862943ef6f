package pyconfig

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// target is what the go command builds for here, and with what. It is asked,
// because "go env -w" sets what the environment does not show.
type target struct {
	OS        string `json:"GOOS"`
	Arch      string `json:"GOARCH"`
	PkgConfig string `json:"PKG_CONFIG"`
	CPPFlags  string `json:"CGO_CPPFLAGS"`
}

func readTarget(ctx context.Context) (*target, error) {
	t := &target{
		OS: os.Getenv("GOOS"), Arch: os.Getenv("GOARCH"),
		PkgConfig: os.Getenv("PKG_CONFIG"), CPPFlags: os.Getenv("CGO_CPPFLAGS"),
	}
	cmd := exec.CommandContext(ctx, "go", "env", "-json", "GOOS", "GOARCH", "PKG_CONFIG", "CGO_CPPFLAGS")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, t)
	}
	if err != nil && !errors.Is(err, exec.ErrNotFound) {
		return nil, &refusal{
			path: "go env", reason: fmt.Sprintf("%v (%s)", err, strings.TrimSpace(stderr.String())),
			hint: "the build would end like this as well", err: err,
		}
	}
	if t.OS == "" {
		t.OS = runtime.GOOS
	}
	if t.Arch == "" {
		t.Arch = runtime.GOARCH
	}
	return t, nil
}

// check says what stands against any build here.
func (t *target) check() error {
	switch {
	case t.OS != "linux" && t.OS != "darwin":
		return &refusal{reason: "GOOS is " + t.OS, hint: "pyconfig knows Pythons on linux and darwin"}
	case t.OS != runtime.GOOS:
		return &refusal{
			reason: "GOOS is " + t.OS + ", and this is " + runtime.GOOS,
			hint:   "a Python of this machine can't be linked into a program for another system: build there",
		}
	}
	return t.checkPkgConfig()
}

// checkPkgConfig looks for the program that cgo runs. PKG_CONFIG may have
// arguments behind it.
func (t *target) checkPkgConfig() error {
	program := "pkg-config"
	if words := strings.Fields(t.PkgConfig); len(words) > 0 {
		program = words[0]
	}
	if _, err := exec.LookPath(program); err != nil {
		return &refusal{
			path: program, reason: "is not on PATH, and cgo runs it to find Python",
			hint: "install it (on Debian and Ubuntu: apt-get install pkg-config; on macOS: brew install pkgconf), or set PKG_CONFIG to another program that does the same",
			err:  err,
		}
	}
	return nil
}
