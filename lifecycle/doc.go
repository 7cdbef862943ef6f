// Package lifecycle names the moments at which hooks run: those of a request
// and those of an app.
package lifecycle
