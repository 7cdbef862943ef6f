//go:build cgo && (linux || darwin) && (amd64 || arm64)

package cpython

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/internal/cachedir"
	"github.com/spikard/spikard-go/spikard/api"
)

// place is where an app's module lies on disk.
type place struct {
	dir, module, attribute string
	// unpacked is the folder that embedded files were written to: messages
	// leave it out.
	unpacked string
	cleanup  func() error
}

func (p *place) discard() {
	if p.cleanup != nil {
		_ = p.cleanup() // a temporary folder of ours; the system clears it as well
	}
}

func placeOf(spec pybridge.AppSpec) (*place, error) {
	module, attribute, _ := strings.Cut(spec.Target, ":")
	if attribute == "" {
		attribute = "app"
	}
	if module == "" {
		return nil, errors.New(`the target has no module; write "module:attribute", as "app:app"`)
	}
	p := &place{module: module, attribute: attribute}
	if spec.FS != nil {
		// Not in the cache folder: it would keep every version of an app.
		dir, cleanup, err := cachedir.UnpackTemp(spec.FS, "app")
		if err != nil {
			return nil, fmt.Errorf("unpack the app's files: %w", err)
		}
		p.dir, p.unpacked, p.cleanup = dir, dir, cleanup
		return p, nil
	}
	dir, err := filepath.Abs(spec.Dir)
	if err != nil {
		return nil, fmt.Errorf("folder of the app: %w", err)
	}
	p.dir = dir
	return p, nil
}

// source shows a place in the app's files as its author knows it.
func (p *place) source(file string, line int) api.Source {
	if p.unpacked != "" {
		if rel, ok := strings.CutPrefix(file, p.unpacked+"/"); ok {
			file = rel
		}
	}
	return api.Source{File: file, Line: line}
}
