//go:build race

package middleware_test

// poolsForget: under the race detector, sync.Pool drops what it gets at random.
const poolsForget = true
