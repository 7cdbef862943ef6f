package pyconfig

import (
	"os/exec"
	"reflect"
	"strings"
	"testing"
)

func TestEnvironmentKeepsWhatIsSet(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ path, flags, wantPath, wantFlags string }{
		"nothing":     {"", "", "/new", "-DSPIKARD_PYTHON_ABI_0f"},
		"the user's":  {"/a:/b", "-DX -I'/a b'", "/new:/a:/b", "-DX -I'/a b' -DSPIKARD_PYTHON_ABI_0f"},
		"of a run":    {"/new:/b", "-DX -DSPIKARD_PYTHON_ABI_0f", "/new:/b", "-DX -DSPIKARD_PYTHON_ABI_0f"},
		"of another":  {"/old:/b", "-DSPIKARD_PYTHON_ABI_17 -DX", "/new:/old:/b", "-DX -DSPIKARD_PYTHON_ABI_0f"},
		"empty parts": {":/a::", " ", "/new:/a", "-DSPIKARD_PYTHON_ABI_0f"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := []variable{{"PKG_CONFIG_PATH", tt.wantPath}, {"CGO_CPPFLAGS", tt.wantFlags}}
			if got := environment("/new", "0f", tt.path, tt.flags); !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestExportsAreReadByAShell(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh")
	}
	value := `it's "a" $HOME` + " `x` \\ \n; & #"
	var text strings.Builder
	printExports(&text, []variable{{"SPIKARD_A", value}, {"SPIKARD_B", "'"}})
	out, err := exec.Command("sh", "-c", `eval "$1"; sh -c 'printf "%s|%s" "$SPIKARD_A" "$SPIKARD_B"'`, "sh", text.String()).CombinedOutput()
	if err != nil || string(out) != value+"|'" {
		t.Errorf("%v: the shell has %q, want %q", err, out, value)
	}
}

func TestMergedReplaces(t *testing.T) {
	t.Parallel()
	got := merged([]string{"A=1", "B=2", "A=3", "AB=4"}, []variable{{"A", "5"}})
	if want := []string{"B=2", "AB=4", "A=5"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
