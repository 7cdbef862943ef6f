package locate

import (
	"context"
	"fmt"
)

// linked is the library that the program is linked with, by the python beside it.
func (f *finder) linked() candidate {
	return candidate{origin: OriginLinked, binding: true, open: func(ctx context.Context) (*Python, error) {
		return f.fromLibrary(ctx, f.Linked)
	}}
}

// checkLinked refuses a Python of another library than the one that the program is
// linked with: two of them in one process would share some of their variables.
func (f *finder) checkLinked(found *Python) error {
	if f.Linked == "" || sameFile(found.Library, f.Linked) {
		return nil
	}
	return &refusal{
		path: found.Executable,
		reason: fmt.Sprintf("is python %s of %s, and this program is linked with %s",
			found.Version, found.Library, f.Linked),
		hint: "build the program for it with the environment that `spikard pyconfig -python " + found.Executable +
			"` prints, or choose one of the library that it is linked with",
	}
}
