package embedded

// checkLibc has nothing to refuse: macOS has one C library.
func checkLibc() error { return nil }
