//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython/internal/shim"
)

const blockingApp = `
import threading
import time

from _spikard import request_id
from spikard import Spikard

app = Spikard()


@app.get("/block")
def block() -> tuple[str, int]:
    time.sleep(0.003)
    return request_id(), threading.get_ident()


@app.get("/fail")
def fail() -> None:
    time.sleep(0.003)
    raise ValueError(request_id())
`

// Calls that block have their own answers, whichever worker they are on, and the
// workers end with the last engine.
func TestWorkers(t *testing.T) {
	a := loadTestApp(t, blockingApp)
	var programs []pybridge.Callable
	for _, r := range a.Manifest().Routes {
		p, err := a.Compile(pybridge.Program{Handler: &pybridge.Step{Callable: r.Callable}})
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, p)
	}
	var mu sync.Mutex
	threads := map[float64]bool{}
	var callers sync.WaitGroup
	for caller := range 32 {
		callers.Go(func() {
			for i := range 20 {
				id := fmt.Sprintf("%d-%d", caller, i)
				result, err := programs[i%2].Call(t.Context(), nil, pybridge.CallInfo{RequestID: id})
				if err != nil {
					t.Error(err)
					return
				}
				if i%2 == 1 {
					if e := result.Exception; e == nil || e.Message != id {
						t.Errorf("%s: raised %v", id, e)
					}
				} else {
					var answer [2]any
					if err := json.Unmarshal(result.Body, &answer); err != nil || answer[0] != id {
						t.Errorf("%s: answered %s", id, result.Body)
					}
					mu.Lock()
					threads[answer[1].(float64)] = true
					mu.Unlock()
				}
				result.Release()
			}
		})
	}
	callers.Wait()
	if len(threads) < 16 {
		t.Errorf("%d threads answered 32 callers", len(threads))
	}
	if n := shim.EndWorkers(); n < 16 {
		t.Errorf("%d workers were idle", n)
	}
	if n := shim.EndWorkers(); n != 0 {
		t.Errorf("%d workers are left", n)
	}
}
