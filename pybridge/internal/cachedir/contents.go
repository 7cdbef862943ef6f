package cachedir

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// contents are the files and folders to unpack, in the order of fs.WalkDir: by
// name, a folder before what is in it.
type contents struct{ entries []entry }

type entry struct {
	path string // with slashes, as in fs.FS
	dir  bool
	data []byte
}

func readContents(fsys fs.FS) (*contents, error) {
	c := &contents{}
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == ".":
			return nil
		case d.IsDir():
			c.entries = append(c.entries, entry{path: path, dir: true})
			return nil
		case !d.Type().IsRegular():
			return fmt.Errorf("%s is neither a regular file nor a folder", path)
		}
		data, err := fs.ReadFile(fsys, path)
		c.entries = append(c.entries, entry{path: path, data: data})
		return err
	})
	return c, err
}

// hash is a prefix of the SHA-256 of all paths and data. Lengths go in too, so
// that bytes can't move from one file into the next unnoticed.
func (c *contents) hash() string {
	h := sha256.New()
	var length [8]byte
	put := func(b []byte) {
		binary.LittleEndian.PutUint64(length[:], uint64(len(b)))
		h.Write(length[:])
		h.Write(b)
	}
	for _, e := range c.entries {
		put([]byte(e.path))
		if e.dir {
			put([]byte("dir"))
			continue
		}
		put([]byte("file"))
		put(e.data)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// matches says whether everything is in dir as it should be. Comparing the
// bytes of a few dozen small files costs a millisecond; sizes alone would miss
// an edit.
func (c *contents) matches(dir string) bool {
	for _, e := range c.entries {
		path := filepath.Join(dir, filepath.FromSlash(e.path))
		info, err := os.Lstat(path)
		if err != nil || info.IsDir() != e.dir {
			return false
		}
		if e.dir {
			continue
		}
		if !info.Mode().IsRegular() || info.Size() != int64(len(e.data)) {
			return false
		}
		if data, err := os.ReadFile(path); err != nil || !bytes.Equal(data, e.data) {
			return false
		}
	}
	info, err := os.Lstat(dir)
	return err == nil && info.IsDir()
}

func (c *contents) write(dir string) error {
	for _, e := range c.entries {
		path := filepath.Join(dir, filepath.FromSlash(e.path))
		var err error
		if e.dir {
			err = os.Mkdir(path, 0o700)
		} else {
			err = os.WriteFile(path, e.data, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
