package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// voidAbove is the control's spread beyond which a row means nothing.
const voidAbove = 0.10

// figures are the medians of a row.
type figures struct {
	rate, p99, cpu float64
	errors         int
}

func figuresOf(samples []sample) figures {
	var rates, p99s, cpus []float64
	f := figures{}
	for _, s := range samples {
		rates = append(rates, s.Rate)
		p99s = append(p99s, float64(s.P99)/float64(time.Millisecond))
		cpus = append(cpus, float64(s.CPU)/float64(time.Microsecond))
		f.errors += s.Errors
	}
	f.rate, f.p99, f.cpu = medianFloat(rates), medianFloat(p99s), medianFloat(cpus)
	return f
}

// controlSpread is how far the control's rates lie apart.
func (r row) controlSpread() float64 {
	var rates []float64
	for _, s := range r.Control {
		rates = append(rates, s.Rate)
	}
	return spread(rates)
}

// print writes the table, and below it what could not be measured.
func (c *comparison) print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\trequests/s\t\tratio\tp99 ms\t\tratio\tCPU µs\t\tratio\tcontrol's\t")
	fmt.Fprintln(table, "workload\tserver\tgin\t\tserver\tgin\t\tserver\tgin\t\tspread\t")
	for _, r := range c.Rows {
		if r.Missing == "" {
			fmt.Fprintln(table, r.line())
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, r := range c.Rows {
		if r.Missing != "" {
			fmt.Fprintf(w, "%s: not served yet: %s\n", r.Workload, r.Missing)
		}
	}
	fmt.Fprintf(w, "RSS after load: server %s, gin %s\n", megabytes(c.ServerBytes), megabytes(c.ControlBytes))
	return nil
}

func (r row) line() string {
	ours, control := figuresOf(r.Server), figuresOf(r.Control)
	apart := r.controlSpread()
	note := ""
	if apart > voidAbove {
		note = " void"
	}
	if n := ours.errors + control.errors; n > 0 {
		note += fmt.Sprintf(" (%d errors)", n)
	}
	return fmt.Sprintf("%s\t%.0f\t%.0f\t%s\t%.2f\t%.2f\t%s\t%.1f\t%.1f\t%s\t%.0f %%%s\t", r.Workload,
		ours.rate, control.rate, ratio(ours.rate, control.rate), ours.p99, control.p99, ratio(ours.p99, control.p99),
		ours.cpu, control.cpu, ratio(ours.cpu, control.cpu), apart*100, note)
}

// ratio of the server's figure to the control's.
func ratio(ours, control float64) string {
	if control == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", ours/control)
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
