package main

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// sample is one program under one workload in one round.
type sample struct {
	load
	// CPU is the server's own CPU time for a request.
	CPU time.Duration `json:"cpu_per_request_ns"`
}

// measure loads a program and reads what that cost it.
func measure(ctx context.Context, wrk string, c *child, w workload, duration time.Duration, scratch string) (sample, error) {
	before, err := cpuTime(c.pid)
	if err != nil {
		return sample{}, err
	}
	l, err := runWrk(ctx, wrk, c.base, w, duration, scratch)
	if err != nil {
		return sample{}, err
	}
	after, err := cpuTime(c.pid)
	if err != nil {
		return sample{}, err
	}
	return sample{load: l, CPU: (after - before) / time.Duration(max(1, l.Requests))}, nil
}

// median of the values, which must not be empty. An even number of them gives
// the mean of the middle two.
func median[T cmp.Ordered](values []T, mean func(a, b T) T) T {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return mean(sorted[middle-1], sorted[middle])
	}
	return sorted[middle]
}

func medianFloat(values []float64) float64 {
	return median(values, func(a, b float64) float64 { return (a + b) / 2 })
}

func medianDuration(values []time.Duration) time.Duration {
	return median(values, func(a, b time.Duration) time.Duration { return (a + b) / 2 })
}

// spread is how far values lie apart, as a share of their median.
func spread(values []float64) float64 {
	m := medianFloat(values)
	if m == 0 {
		return 0
	}
	return (slices.Max(values) - slices.Min(values)) / m
}
