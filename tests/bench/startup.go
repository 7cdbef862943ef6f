package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"
)

// starts is how often each program is started.
const starts = 5

// startup starts each program several times and prints the median time from
// exec to the first 200. An embedded Python must have been unpacked before, so
// a first start is not counted.
func startup(ctx context.Context, out io.Writer, scratch string, programs ...program) error {
	for _, p := range programs {
		var times []time.Duration
		for range starts + 1 {
			c, err := p.start(ctx, scratch)
			if err != nil {
				return err
			}
			times = append(times, c.startup)
			c.stop()
		}
		times = times[1:]
		fmt.Fprintf(out, "%s: first 200 after %s (median of %d, %s to %s)\n", p.name,
			millis(medianDuration(times)), starts, millis(slices.Min(times)), millis(slices.Max(times)))
	}
	return nil
}

func millis(d time.Duration) string {
	return fmt.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond))
}
