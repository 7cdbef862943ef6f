package pyconfig

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

func TestTargetIsWhatGoEnvSays(t *testing.T) {
	plain(t)
	file := filepath.Join(t.TempDir(), "env")
	write(t, file, "CGO_CPPFLAGS=-DKEPT\nGOARCH=arm64\n", 0o600)
	t.Setenv("GOENV", file)
	must(t, os.Unsetenv("CGO_CPPFLAGS"))
	must(t, os.Unsetenv("GOARCH"))
	got, err := readTarget(t.Context())
	must(t, err)
	if want := (target{OS: runtime.GOOS, Arch: "arm64", PkgConfig: "sh", CPPFlags: "-DKEPT"}); *got != want {
		t.Errorf("got %+v, want %+v", *got, want)
	}
}

func TestTargetWithoutGo(t *testing.T) {
	plain(t)
	t.Setenv("PATH", t.TempDir())
	t.Setenv("CGO_CPPFLAGS", "-DKEPT")
	got, err := readTarget(t.Context())
	must(t, err)
	if want := (target{OS: runtime.GOOS, Arch: runtime.GOARCH, PkgConfig: "sh", CPPFlags: "-DKEPT"}); *got != want {
		t.Errorf("got %+v, want %+v", *got, want)
	}
}

func TestTargetThatGoRefuses(t *testing.T) {
	plain(t)
	t.Setenv("GOTOOLCHAIN", "unknown")
	_, err := readTarget(t.Context())
	requireError(t, err, "go env: exit status 1", `invalid GOTOOLCHAIN "unknown"`, "the build would end like this")
}

func TestOtherSystemsAreRefused(t *testing.T) {
	t.Parallel()
	other := map[string]string{"linux": "darwin", "darwin": "linux"}[runtime.GOOS]
	if other == "" {
		t.Skip("no Python here is known")
	}
	requireError(t, (&target{OS: "windows"}).check(), "GOOS is windows; pyconfig knows Pythons on linux and darwin")
	requireError(t, (&target{OS: other}).check(), "GOOS is "+other+", and this is "+runtime.GOOS, "build there")
}

func TestPkgConfigHasToBeThere(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	t.Setenv("PATH", t.TempDir())
	requireError(t, (&target{}).checkPkgConfig(), "pkg-config: is not on PATH", "apt-get install pkg-config", "PKG_CONFIG")
	requireError(t, (&target{PkgConfig: "other-config"}).checkPkgConfig(), "other-config: is not on PATH")
	must(t, (&target{PkgConfig: sh + " --static"}).checkPkgConfig())
}
