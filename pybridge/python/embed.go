package python

import "embed"

// Files holds the Python package below the folder spikard. The patterns name
// the files, because a folder's name alone would leave out __init__.py and
// everything else that begins with "_".
//
//go:embed spikard/*.py spikard/py.typed
var Files embed.FS
