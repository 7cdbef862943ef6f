package spikard

import "github.com/spikard/spikard-go/spikard/api"

// File is an uploaded file, as handlers in Go get it: a field of their input
// with the tag file:"name", which may be a File, a *File or a []File. Open gives
// the content.
//
// # Memory
//
// The content of a file above [Config.MaxFileMemory] lies on disk until the
// request ends. A File must not be used afterwards.
type File = api.File
