// Package api is the vocabulary that every other package shares: the
// [Exchange] a request pipeline works on, the [Problem] that a client gets for
// an error, and the [Source] that a message points at. It imports the
// standard library only, so that anything may import it.
package api
