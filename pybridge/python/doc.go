// Package python carries the Python package spikard, which users' apps import,
// so that a program needs no file of it on disk.
//
// The Python package registers and describes: importing it and registering
// with an app changes nothing outside of that app, and its _manifest.collect
// turns what was registered into the JSON form of a manifest. What runs apps
// inside an interpreter are its modules whose names begin with _runtime.
package python
