package middleware_test

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/spikard/spikard-go/middleware"
)

func TestStaticConfigFaults(t *testing.T) {
	t.Parallel()
	dir := folder(t, site)
	for _, tt := range []struct {
		config middleware.StaticConfig
		want   []string
	}{
		{middleware.StaticConfig{}, []string{"one of Dir and FS"}},
		{middleware.StaticConfig{Dir: dir, FS: fstest.MapFS{}}, []string{"one of Dir and FS"}},
		{middleware.StaticConfig{Dir: dir + "/none"}, []string{"none"}},
		{middleware.StaticConfig{Dir: dir + "/main.css"}, []string{"main.css"}},
		{middleware.StaticConfig{FS: cantSeek{fstest.MapFS{"a": {}}}}, []string{"can't seek"}},
		{
			middleware.StaticConfig{Prefix: "app", CacheControl: "a\nb"},
			[]string{"prefix \"app\"", "cache control", "one of Dir and FS"},
		},
		{middleware.StaticConfig{Dir: dir, Prefix: "/a/../b"}, []string{"prefix"}},
		{middleware.StaticConfig{Dir: dir, Prefix: "/."}, []string{"prefix"}},
		{middleware.StaticConfig{Dir: dir, Prefix: "//"}, []string{"prefix"}},
	} {
		_, err := middleware.NewStatic(tt.config)
		if err == nil {
			t.Errorf("%+v is fine", tt.config)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%v: not %q", err, want)
			}
		}
	}
}

// cantSeek is as an archive/zip.Reader.
type cantSeek struct{ fs.FS }

func (c cantSeek) Open(name string) (fs.File, error) {
	f, err := c.FS.Open(name)
	if _, folder := f.(fs.ReadDirFile); folder || err != nil {
		return f, err
	}
	return struct{ fs.File }{f}, nil
}

// tired has no descriptors left.
type tired struct{ fstest.MapFS }

func (f tired) Open(name string) (fs.File, error) {
	if name == "a.txt" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EMFILE}
	}
	if name == "b.txt" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("broken")}
	}
	return f.MapFS.Open(name)
}

func TestStaticCannotOpen(t *testing.T) {
	t.Parallel()
	static := newStatic(t, middleware.StaticConfig{FS: tired{}})
	for path, want := range map[string]int{"/a.txt": 503, "/b.txt": 404} {
		if resp := fetched(staticEngine(static), "GET", path, nil); resp.StatusCode != want {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}
