//go:build !race

package spikard_test

const poolsForget = false
