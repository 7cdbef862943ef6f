//go:build !race

package middleware_test

const poolsForget = false
