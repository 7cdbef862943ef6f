package pyconfig

import "testing"

func TestSystemFoldersNeedNoRpath(t *testing.T) {
	t.Parallel()
	for dir, want := range map[string]bool{
		"/usr/lib": true, "/usr/lib64": true, "/lib": true, "/usr/lib/x86_64-linux-gnu": true,
		"/usr/local/lib": false, "/usr/lib/python3.11/config-3.11-x86_64-linux-gnu": false,
		"/usr/lib/aarch64-linux-gnu": false, "/opt/x86_64-linux-gnu": false, "/opt/lib": false,
	} {
		if got := isSystemFolder(dir, "x86_64-linux-gnu"); got != want {
			t.Errorf("isSystemFolder(%s) is %v", dir, got)
		}
	}
	if isSystemFolder("/usr/lib/x86_64-linux-gnu", "") {
		t.Error("a folder without a multiarch name is taken for the system's")
	}
}
