package middleware

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"strconv"
	"sync"
	"time"
)

// lastModified gives a file's time, or none for one that says nothing: zero in
// embed.FS, the epoch or a second later in images and stores that are built
// reproducibly. A time to come is now (RFC 9110, section 8.8.2.1).
func lastModified(info fs.FileInfo) time.Time {
	modified := info.ModTime()
	if modified.Unix() <= 1 {
		return time.Time{}
	}
	if now := time.Now(); modified.After(now) {
		return now
	}
	return modified
}

// tag makes a strong validator of the file's time and size, as nginx does, but
// with the whole of the time. RFC 9110, section 8.8.1, asks that it changes
// with the content: two changes that keep the size would have to fall into one
// tick of the file system's clock, a few milliseconds. A weak one would be good
// for nothing but conditions, as If-Range takes only strong ones. Without a
// time, it is made of the content.
func (s *Static) tag(f *staticFile, modified time.Time, c contentCoding) string {
	if modified.IsZero() {
		return s.tags.of(f)
	}
	b := make([]byte, 0, 40)
	b = append(b, '"')
	b = strconv.AppendInt(b, f.info.ModTime().UnixNano(), 36)
	b = append(b, '-')
	b = strconv.AppendInt(b, f.info.Size(), 36)
	if c != codingIdentity { // the plain file may be as long and as old
		b = append(b, '-')
		b = append(b, codingNames[c][0]...)
	}
	return string(append(b, '"'))
}

// maxContentTags is for how many files the content's tag is kept.
const maxContentTags = 4096

// contentTags keeps tags that are made of the content.
type contentTags struct {
	mu   sync.Mutex
	kept map[contentKey]string
}

type contentKey struct {
	name string
	size int64
}

// of gives the file's tag, or none for one that can't be read. The file is at
// its begin before and after.
func (t *contentTags) of(f *staticFile) string {
	key := contentKey{f.name, f.info.Size()}
	t.mu.Lock()
	tag := t.kept[key]
	t.mu.Unlock()
	if tag != "" {
		return tag
	}
	hash := sha256.New()
	if n, err := io.Copy(hash, f.content); err != nil || n != key.size {
		return ""
	}
	if _, err := f.content.Seek(0, io.SeekStart); err != nil {
		return ""
	}
	const enough = 16 // bytes, for what nobody but the owner of the folder chooses
	tag = `"` + hex.EncodeToString(hash.Sum(nil)[:enough]) + `"`
	t.keep(key, tag)
	return tag
}

func (t *contentTags) keep(key contentKey, tag string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil {
		t.kept = map[contentKey]string{}
	}
	if len(t.kept) >= maxContentTags {
		for other := range t.kept {
			delete(t.kept, other)
			break
		}
	}
	t.kept[key] = tag
}
