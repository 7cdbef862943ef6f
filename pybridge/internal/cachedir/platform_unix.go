//go:build unix

package cachedir

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// permissionsCount is false where mode bits say nothing about access.
const permissionsCount = true

func ownedByUs(info fs.FileInfo) (owner uint32, ours bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return stat.Uid, int64(stat.Uid) == int64(os.Geteuid())
}

func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
