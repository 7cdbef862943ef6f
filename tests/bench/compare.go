package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// row is one workload's outcome: samples of both programs, or the reason why
// the server does not serve it yet.
type row struct {
	Workload string   `json:"workload"`
	Server   []sample `json:"server,omitempty"`
	Control  []sample `json:"control,omitempty"`
	Missing  string   `json:"not_served_yet,omitempty"`
}

// comparison is a whole run. The sizes are the resident memory after it.
type comparison struct {
	Rounds       int    `json:"rounds"`
	Rows         []row  `json:"rows"`
	ServerBytes  int64  `json:"server_rss_bytes"`
	ControlBytes int64  `json:"control_rss_bytes"`
	Duration     string `json:"duration"`
}

// pair are the two programs, running.
type pair struct{ server, control *child }

// compare checks the workloads and measures those that are served, round by
// round, the two programs by turns.
func compare(ctx context.Context, progress io.Writer, s settings, p pair, chosen []workload) (*comparison, error) {
	result := &comparison{Rounds: s.rounds, Duration: s.duration.String(), Rows: make([]row, len(chosen))}
	if err := checkAll(p, chosen, result.Rows); err != nil {
		return nil, err
	}
	for _, c := range []*child{p.control, p.server} {
		if _, err := runWrk(ctx, s.wrk, c.base, workloads()[0], time.Second, s.scratch); err != nil {
			return nil, fmt.Errorf("warming up %s: %w", c.name, err)
		}
	}
	for round := range s.rounds {
		for i, w := range chosen {
			if result.Rows[i].Missing != "" {
				continue
			}
			if err := result.Rows[i].measure(ctx, s, p, w, round); err != nil {
				return nil, err
			}
		}
		fmt.Fprintf(progress, "round %d of %d done\n", round+1, s.rounds)
	}
	var errs [2]error
	result.ServerBytes, errs[0] = residentBytes(p.server.pid)
	result.ControlBytes, errs[1] = residentBytes(p.control.pid)
	return result, errors.Join(errs[:]...)
}

// checkAll checks each workload on both programs. What the control gets wrong
// makes the comparison worthless; what the server gets wrong is noted.
func checkAll(p pair, chosen []workload, rows []row) error {
	client := checking()
	for i, w := range chosen {
		rows[i].Workload = w.name
		if err := w.check(client, p.control.base); err != nil {
			return fmt.Errorf("the control fails %s: %w", w.name, err)
		}
		if err := w.check(client, p.server.base); err != nil {
			rows[i].Missing = err.Error()
		}
	}
	return nil
}

// measure adds a sample of each program. Who goes first changes with the
// round, so that a drift of the machine favours neither.
func (r *row) measure(ctx context.Context, s settings, p pair, w workload, round int) error {
	turns := []struct {
		child *child
		into  *[]sample
	}{{p.control, &r.Control}, {p.server, &r.Server}}
	if round%2 == 1 {
		turns[0], turns[1] = turns[1], turns[0]
	}
	for _, turn := range turns {
		got, err := measure(ctx, s.wrk, turn.child, w, s.duration, s.scratch)
		if err != nil {
			return fmt.Errorf("%s under %s: %w", turn.child.name, w.name, err)
		}
		*turn.into = append(*turn.into, got)
	}
	return nil
}
