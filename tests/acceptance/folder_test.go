package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func staticCase(t *testing.T, folders string) *Case {
	t.Helper()
	return &Case{App: App{Config: map[string]any{staticSetting: decoded(t, folders)}}}
}

func TestStage(t *testing.T) {
	t.Parallel()
	c := staticCase(t, `[{"route_prefix":"/a","files":[{"path":"x/y.txt","content":"deep"},{"path":".z","content":""}]},{"route_prefix":"/b"}]`)
	staged, remove, err := stage(c)
	if err != nil {
		t.Fatal(err)
	}
	folders := staged.App.Config[staticSetting].([]any)
	first := folders[0].(map[string]any)[staticDirectory].(string)
	second := folders[1].(map[string]any)[staticDirectory].(string)
	for path, want := range map[string]string{filepath.Join(first, "x", "y.txt"): "deep", filepath.Join(first, ".z"): ""} {
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	if entries, err := os.ReadDir(second); err != nil || len(entries) > 0 {
		t.Errorf("a folder without files has %v, %v", entries, err)
	}
	if c.App.Config[staticSetting].([]any)[0].(map[string]any)[staticDirectory] != nil {
		t.Error("the case itself was changed")
	}
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(first); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

func TestStageRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ folders, want string }{
		"no settings":      {`["/srv"]`, "no settings"},
		"outside":          {`[{"files":[{"path":"../x","content":""}]}]`, "no file in"},
		"absolute":         {`[{"files":[{"path":"/x","content":""}]}]`, "no file in"},
		"without content":  {`[{"files":[{"path":"x"}]}]`, "no file in"},
		"without a name":   {`[{"files":[{"content":"x"}]}]`, "no file in"},
		"below a file":     {`[{"files":[{"path":"x","content":""},{"path":"x/y","content":""}]}]`, "x"},
		"a file as folder": {`[{"files":[{"path":"x/y","content":""},{"path":"x","content":""}]}]`, "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, remove, err := stage(staticCase(t, tt.folders))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
			if err := remove(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestIsStatic(t *testing.T) {
	t.Parallel()
	c := staticCase(t, `[{"route_prefix":"/a/"},{"route_prefix":"/b/c"}]`)
	for path, want := range map[string]bool{"/a": true, "/a/": true, "/a/x": true, "/ab": false, "/b": false, "/b/c/d": true, "/": false} {
		if got := isStatic(c, path); got != want {
			t.Errorf("%s: %t, want %t", path, got, want)
		}
	}
	whole := staticCase(t, `[{"route_prefix":"/","files":[{"path":"index.html","content":""},{"path":"d/x","content":""}]}]`)
	for path, want := range map[string]bool{"/": true, "/index.html": true, "/d/x": true, "/d": false, "/api": false} {
		if got := isStatic(whole, path); got != want {
			t.Errorf("whole site: %s: %t, want %t", path, got, want)
		}
	}
	if isStatic(&Case{}, "/x") {
		t.Error("static without a folder")
	}
}
