//go:build !unix

package pyconfig

import "os/exec"

// ownGroup leaves the command as it is: the command refuses this platform, and
// killing the process itself is what package exec does.
func ownGroup(*exec.Cmd) {}
