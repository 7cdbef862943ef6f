package cachedir

import "runtime"

// UnusableError says that there is no private folder to be had, and why. A
// caller that can do without one branches on it and uses [UnpackTemp].
type UnusableError struct {
	// Path is the folder or file at fault; it is empty when none is known.
	Path string
	// Reason is what is wrong with it.
	Reason string
	// Hint is what to do.
	Hint string
	Err  error
}

// Error names the path, the reason and what to do.
func (e *UnusableError) Error() string {
	text := "no private cache folder: "
	if e.Path != "" {
		text += e.Path + ": "
	}
	text += e.Reason
	if e.Hint != "" {
		text += ": " + e.Hint
	}
	return text
}

// Unwrap gives the cause, if there is one.
func (e *UnusableError) Unwrap() error { return e.Err }

// baseHint names the variable that [os.UserCacheDir] reads on this platform.
func baseHint() string {
	switch runtime.GOOS {
	case "darwin", "ios":
		return "set HOME to this user's home folder"
	case "windows":
		return "set LocalAppData to a folder that this user can write"
	default:
		return "set XDG_CACHE_HOME to a folder that this user can write"
	}
}
