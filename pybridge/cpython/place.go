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

// plain shows the places in a text as the app's author knows them.
func (p *place) plain(text string) string {
	if p.unpacked == "" {
		return text
	}
	return strings.ReplaceAll(text, p.unpacked+"/", "")
}

// source is plain for a place by itself.
func (p *place) source(file string, line int) api.Source {
	return api.Source{File: p.plain(file), Line: line}
}

// plainException is plain for what an exception tells.
func (p *place) plainException(exc *pybridge.Exception) {
	exc.Message, exc.Traceback, exc.File = p.plain(exc.Message), p.plain(exc.Traceback), p.plain(exc.File)
}
