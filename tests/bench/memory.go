package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// The numbers of requests after which the memory is read: what the second
// shows above the first is what requests leave behind.
const (
	fewRequests  = 100_000
	manyRequests = 1_000_000
)

// memory loads each program with plain requests and reads its size.
func memory(ctx context.Context, out io.Writer, s settings, p pair) error {
	for _, c := range []*child{p.server, p.control} {
		few, n, err := sizeAfter(ctx, s, c, fewRequests)
		if err != nil {
			return err
		}
		many, m, err := sizeAfter(ctx, s, c, manyRequests-n)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: RSS %s after %d requests, %s after %d: %+.1f MB\n",
			c.name, megabytes(few), n, megabytes(many), n+m, float64(many-few)/1e6)
	}
	return nil
}

// sizeAfter sends at least n requests, in runs of a second or more, since wrk
// counts time and not requests.
func sizeAfter(ctx context.Context, s settings, c *child, n int) (size int64, sent int, err error) {
	for sent < n {
		got, err := runWrk(ctx, s.wrk, c.base, workloads()[0], time.Second, s.scratch)
		if err != nil {
			return 0, sent, err
		}
		if got.Errors > 0 || got.Requests == 0 {
			return 0, sent, fmt.Errorf("%s: %d of %d requests failed", c.name, got.Errors, got.Requests)
		}
		sent += got.Requests
	}
	size, err = residentBytes(c.pid)
	return size, sent, err
}
