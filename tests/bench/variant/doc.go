// Package variant says how the bench server is set up, and what it is asked, so
// that each middleware's cost can be seen: for tests/bench, which measures over
// sockets, and for the server's own benchmark, which needs none.
package variant
