// Package middleware holds what stands between the router and the handlers:
// one middleware a file, each a plain Gin handler that works by itself on any
// Gin engine, and [Order], which says in which order the server runs them and
// why.
package middleware
