package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spikard/spikard-go/tests/bench/variant"
)

// allowed is what the default middleware may take of CPU, as a multiple of none.
const allowed = 1.15

// cost is what requests of one variant took, round by round.
type cost struct {
	variant.Request
	child   *child
	samples []sample
}

// costs are those of all variants.
type costs []*cost

// middlewares measures what each middleware adds to a request. All variants of the
// server run at once, and one at a time is asked.
func middlewares(ctx context.Context, out io.Writer, s settings, server program) error {
	collector, err := variant.NewCollector()
	if err != nil {
		return err
	}
	defer collector.Close()
	servers, err := variant.All(collector.URL)
	if err != nil {
		return err
	}
	var running []*child
	defer func() {
		for _, c := range running {
			c.stop()
		}
	}()
	var rows costs
	for _, v := range servers {
		p := program{name: v.Name, binary: server.binary, env: v.Environment(os.Environ())}
		c, err := p.start(ctx, s.scratch)
		if err != nil {
			return err
		}
		running = append(running, c)
		for _, r := range v.Requests {
			rows = append(rows, &cost{Request: r, child: c})
		}
	}
	if err := rows.check(); err != nil {
		return err
	}
	if err := rows.measure(ctx, os.Stderr, s); err != nil {
		return err
	}
	return rows.print(out)
}

// check checks every row's answer.
func (rows costs) check() error {
	client := checking()
	for _, r := range rows {
		if err := r.check(client); err != nil {
			return fmt.Errorf("%s %s: %w", r.Workload, r.Name, err)
		}
	}
	return nil
}

// check sends one request, whose answer has to show that the variant is what it is
// meant to be.
func (r *cost) check(client *http.Client) error {
	req, err := http.NewRequest(http.MethodGet, r.child.base+r.Path, http.NoBody)
	if err != nil {
		return err
	}
	maps.Copy(req.Header, r.Header)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %.200s", resp.Status, body)
	}
	return r.Shows(resp.Header)
}

// workload is the request as wrk sends it.
func (r *cost) workload() workload {
	w := workload{name: r.Name, method: http.MethodGet, path: r.Path, connections: 64}
	for name, values := range r.Header {
		for _, value := range values {
			w.header = append(w.header, name+": "+value)
		}
	}
	return w
}

// measure adds a sample to each row in each round.
func (rows costs) measure(ctx context.Context, progress io.Writer, s settings) error {
	for _, r := range rows {
		if _, err := r.sample(ctx, s, time.Second); err != nil {
			return fmt.Errorf("warming up: %w", err)
		}
	}
	for round := range s.rounds {
		for _, i := range turns(len(rows), round, s.rounds) {
			got, err := rows[i].sample(ctx, s, s.duration)
			if err != nil {
				return err
			}
			rows[i].samples = append(rows[i].samples, got)
		}
		fmt.Fprintf(progress, "round %d of %d done\n", round+1, s.rounds)
	}
	return nil
}

func (r *cost) sample(ctx context.Context, s settings, duration time.Duration) (sample, error) {
	got, err := measure(ctx, s.wrk, r.child, r.workload(), duration, s.scratch)
	if err == nil && (got.Requests == 0 || got.CPU == 0) {
		err = errors.New("too few requests were answered to tell anything")
	}
	if err != nil {
		return sample{}, fmt.Errorf("%s %s: %w", r.Workload, r.Name, err)
	}
	return got, nil
}

// turns is the order of n rows in a round. Each round begins elsewhere and every
// other one goes backwards, so that a drift of the machine favours none. Rows that
// stand side by side mostly stay so: those that are compared most are.
func turns(n, round, rounds int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = (i + round*n/rounds) % n
	}
	if round%2 == 1 {
		slices.Reverse(order)
	}
	return order
}

// print writes a table of each workload, and whether the default middleware is
// within what is allowed.
func (rows costs) print(w io.Writer) error {
	for _, workload := range []string{variant.Plain, variant.Big} {
		if err := rows.table(w, workload); err != nil {
			return err
		}
	}
	none := rows.row(variant.Plain, variant.None)
	median, lowest, highest := ratios(rows.row(variant.Plain, variant.Default), none, cpuOf)
	verdict := "met"
	if median > allowed {
		verdict = "not met"
	}
	if apart := none.spread(); apart > voidAbove {
		verdict += fmt.Sprintf(", but void: rounds of none differ by %.0f %%", apart*100)
	}
	fmt.Fprintf(w, "default to none on plain: %.3f in CPU a request (%.3f to %.3f), at most %.2f is allowed: %s\n",
		median, lowest, highest, allowed, verdict)
	return nil
}

func (rows costs) table(w io.Writer, workload string) error {
	none, standard := rows.row(workload, variant.None), rows.row(workload, variant.Default)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tCPU a request\t\t\t\trequests/s\t\t")
	fmt.Fprintf(table, "%s\tto none\tlowest-highest\tto default\tµs\tto none\t\t\n", workload)
	for _, r := range rows {
		if r.Workload == workload {
			fmt.Fprintln(table, r.line(none, standard))
		}
	}
	fmt.Fprintln(table)
	return table.Flush()
}

// row is that of a variant. Each workload has those that others are compared with.
func (rows costs) row(workload, name string) *cost {
	return rows[slices.IndexFunc(rows, func(r *cost) bool { return r.Workload == workload && r.Name == name })]
}

func (r *cost) line(none, standard *cost) string {
	f := figuresOf(r.samples)
	toNone, lowest, highest := ratios(r, none, cpuOf)
	toDefault, _, _ := ratios(r, standard, cpuOf)
	rate, _, _ := ratios(r, none, rateOf)
	note := ""
	if f.errors > 0 {
		note = fmt.Sprintf(" (%d errors)", f.errors)
	}
	return fmt.Sprintf("%s\t%.2f\t%.2f-%.2f\t%.2f\t%.1f\t%.2f\t%.0f%s\t", r.Name,
		toNone, lowest, highest, toDefault, f.cpu, rate, f.rate, note)
}

// spread is how far the CPU times of the rounds lie apart.
func (r *cost) spread() float64 {
	var all []float64
	for _, s := range r.samples {
		all = append(all, cpuOf(s))
	}
	return spread(all)
}

func cpuOf(s sample) float64 { return float64(s.CPU) }

func rateOf(s sample) float64 { return s.Rate }

// ratios compares a figure with that of another row in the same round: the median
// of the rounds, the lowest and the highest.
func ratios(r, to *cost, figure func(sample) float64) (median, lowest, highest float64) {
	var all []float64
	for round := range r.samples {
		all = append(all, figure(r.samples[round])/figure(to.samples[round]))
	}
	return medianFloat(all), slices.Min(all), slices.Max(all)
}
