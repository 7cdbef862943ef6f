//go:build !unix

package cachedir

import "io/fs"

// permissionsCount is false where mode bits say nothing about access: on
// Windows the user's cache folder is private by its access list.
const permissionsCount = false

func ownedByUs(fs.FileInfo) (owner uint32, ours bool) { return 0, true }

func isReadOnly(error) bool { return false }
