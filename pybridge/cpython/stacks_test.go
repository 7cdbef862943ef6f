package cpython

import (
	"reflect"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

func TestParseStacks(t *testing.T) {
	t.Parallel()
	// 3.14 has names, and threads that are not in Python.
	const text = `Current thread 0x00007f9ed8aff6c0 [Thread-1 (crash] (most recent call first):
  File "/srv/my app.py", line 14 in index
  File "/usr/lib/python3.14/threading.py", line ??? in run

Thread 0x00007f9edb7fe6c0 [server] (most recent call first):
  <no Python frame>

Thread 0x0000000000000010 (most recent call first):
  File "<string>", line 1 in <module>
  ...

Thread 0xzz (most recent call first):
  File "/a.py", line 1 in a
`
	want := []pybridge.ThreadState{
		{ID: 0x7f9ed8aff6c0, Stack: []string{"/srv/my app.py:14 in index", "/usr/lib/python3.14/threading.py:??? in run"}},
		{ID: 0x10, Stack: []string{"<string>:1 in <module>", "..."}},
	}
	if got := parseStacks(text); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got := parseStacks(""); len(got) != 0 {
		t.Errorf("of nothing: %+v", got)
	}
}
