package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// mix is a workload that is measured alone and beside another one.
type mix struct {
	of, beside workload
	alone      []sample // of the server, round by round
	mixed      []sample
	control    struct{ alone, mixed []sample }
}

// besideConnections are those of the workload that is measured. They are few, so
// that its own queue doesn't hide what the other one does to it.
const besideConnections = 16

// mixes are what is measured, in this order.
func mixes() []*mix {
	plain, async := get("plain", "/plain", hello), get("async", "/async", hello)
	byGo, block, spin := get("go", "/go", hello), get("block", "/block", hello), get("spin", "/spin", hello)
	spin.connections = 1
	var out []*mix
	for _, pair := range [][2]workload{{plain, block}, {byGo, spin}, {plain, spin}, {async, spin}} {
		pair[0].connections = besideConnections
		out = append(out, &mix{of: pair[0], beside: pair[1]})
	}
	return out
}

// mixed measures what a load does to another one in the same server. In the control
// both are Go's, so that it tells what the processor and wrk do to it.
func mixed(ctx context.Context, out io.Writer, s settings, p pair) error {
	all := mixes()
	client := checking()
	for _, m := range all {
		for _, w := range []workload{m.of, m.beside} {
			for _, c := range []*child{p.server, p.control} {
				if err := w.check(client, c.base); err != nil {
					return fmt.Errorf("%s fails %s: %w", c.name, w.name, err)
				}
			}
		}
	}
	for round := range s.rounds {
		for _, m := range all {
			if err := m.measure(ctx, s, p, round); err != nil {
				return err
			}
		}
		fmt.Fprintf(os.Stderr, "round %d of %d done\n", round+1, s.rounds)
	}
	return printMixes(out, all)
}

// measure adds a sample of each kind. Who goes first changes with the round, so that
// a drift of the machine favours neither.
func (m *mix) measure(ctx context.Context, s settings, p pair, round int) error {
	turns := []struct {
		child  *child
		beside bool
		into   *[]sample
	}{
		{p.server, false, &m.alone},
		{p.server, true, &m.mixed},
		{p.control, false, &m.control.alone},
		{p.control, true, &m.control.mixed},
	}
	if round%2 == 1 {
		slices.Reverse(turns)
	}
	for _, turn := range turns {
		var got sample
		var err error
		if turn.beside {
			got, err = m.together(ctx, s, turn.child)
		} else {
			got, err = measure(ctx, s.wrk, turn.child, m.of, s.duration, s.scratch)
		}
		if err != nil {
			return fmt.Errorf("%s under %s beside %s: %w", turn.child.name, m.of.name, m.beside.name, err)
		}
		*turn.into = append(*turn.into, got)
	}
	return nil
}

// together measures the one while the other runs, which begins earlier and ends
// later.
func (m *mix) together(ctx context.Context, s settings, c *child) (got sample, err error) {
	const margin = time.Second
	ended := make(chan error, 1)
	go func() {
		_, err := runWrk(ctx, s.wrk, c.base, m.beside, s.duration+2*margin, s.scratch)
		ended <- err
	}()
	time.Sleep(margin)
	got, err = measure(ctx, s.wrk, c, m.of, s.duration, s.scratch)
	if other := <-ended; err == nil {
		err = other
	}
	return got, err
}

// printMixes writes the table: the medians of the rounds, and those of what became
// of the rate and of the p99 within a round.
func printMixes(w io.Writer, all []*mix) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\trequests/s\t\t\tp99 ms\t\t\tgin's requests/s\tp99 ms\t\t")
	fmt.Fprintln(table, "mix\talone\tbeside\tkept\talone\tbeside\ttimes\tkept\tbeside\ttimes\t")
	for _, m := range all {
		alone, beside, other := figuresOf(m.alone), figuresOf(m.mixed), figuresOf(m.control.mixed)
		note := ""
		if n := alone.errors + beside.errors; n > 0 {
			note = fmt.Sprintf(" (%d errors)", n)
		}
		fmt.Fprintf(table, "%s beside %s\t%.0f\t%.0f\t%.2f\t%.2f\t%.2f\t%.1f\t%.2f\t%.2f\t%.1f%s\t\n", m.of.name, m.beside.name,
			alone.rate, beside.rate, change(m.alone, m.mixed, rateOf),
			alone.p99, beside.p99, change(m.alone, m.mixed, p99Of),
			change(m.control.alone, m.control.mixed, rateOf),
			other.p99, change(m.control.alone, m.control.mixed, p99Of), note)
	}
	return table.Flush()
}

func p99Of(s sample) float64 { return float64(s.P99) }

// change is the median over the rounds of a figure as a multiple of what it was.
func change(before, after []sample, figure func(sample) float64) float64 {
	var all []float64
	for round := range after {
		all = append(all, figure(after[round])/figure(before[round]))
	}
	return medianFloat(all)
}
