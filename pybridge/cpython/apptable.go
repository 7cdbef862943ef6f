//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"errors"
	"maps"
	"slices"
	"sync"
)

// appTable has the loaded apps by the numbers that Python knows them by.
//
// # Concurrency
//
// All methods may be called from any goroutine. The lock is never held while
// Python is waited for: log records need it.
type appTable struct {
	mu   sync.Mutex
	apps map[uintptr]*app
	last uintptr
}

func (t *appTable) add(a *app) uintptr {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.apps == nil {
		t.apps = map[uintptr]*app{}
	}
	t.last++
	t.apps[t.last] = a
	return t.last
}

func (t *appTable) remove(id uintptr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.apps, id)
}

func (t *appTable) get(id uintptr) (*app, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if a := t.apps[id]; a != nil {
		return a, nil
	}
	return nil, errors.New("the app was closed")
}

// all gives the apps, also those that are being loaded or closed.
func (t *appTable) all() []*app {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Collect(maps.Values(t.apps))
}

// plain is place.plain of the app whose files the text names.
func (t *appTable) plain(text string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range t.apps {
		text = a.place.plain(text)
	}
	return text
}
