package cachedir_test

import (
	"fmt"
	"os"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"github.com/spikard/spikard-go/pybridge/internal/cachedir"
)

// asChild is set in processes that a test starts from its own binary: they
// unpack once and print the folder.
const asChild = "CACHEDIR_TEST_UNPACK"

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		dir, err := cachedir.Unpack(manyFiles(), "many")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Print(dir)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// manyFiles takes long enough to write that a process can be killed meanwhile.
func manyFiles() fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := range 2000 {
		fsys[fmt.Sprintf("pkg%d/mod%d.py", i%7, i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "value = %d\n", i)}
	}
	return fsys
}

func fewFiles() fstest.MapFS {
	return fstest.MapFS{
		"pkg/__init__.py":     {Data: []byte("")},
		"pkg/_core.py":        {Data: []byte("answer = 42\n")},
		"pkg/sub/__init__.py": {Data: []byte("from .. import _core\n")},
	}
}
