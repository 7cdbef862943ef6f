//go:build race

package spikard_test

// poolsForget: under the race detector, sync.Pool drops what it gets at random.
const poolsForget = true
