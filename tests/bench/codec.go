package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"
)

// siteVariable tells the app of the codec where orjson is.
const siteVariable = "SPIKARD_BENCH_SITE"

// codecTurns is how often each step is measured in a round.
const codecTurns = 20

// codec measures how JSON gets into Python and out of it beside what orjson
// takes for the same bytes and objects, in this process. site is a folder with
// orjson for the embedded Python.
func codec(ctx context.Context, out io.Writer, rounds int, site string) (err error) {
	if site == "" {
		return errors.New("-codec wants -site DIR with orjson for the embedded CPython 3.14: " +
			"pip install --target DIR --python-version 3.14 --only-binary :all: orjson")
	}
	if err := os.Setenv(siteVariable, site); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "spikard-codec-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	scan, err := buildScanner(ctx, scratch)
	if err != nil {
		return err
	}
	python, err := openCodec(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, python.close()) }()
	return measureCodec(ctx, out, rounds, scan, python)
}

// codecTimes are the medians for one body.
type codecTimes struct {
	loads, scan, check, build, dumps, answer time.Duration
}

func measureCodec(ctx context.Context, out io.Writer, rounds int, scan scanner, python *codecApp) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\torjson.loads\tscan\t\tchecked\t\tbuild\t\tin all\torjson.dumps\twritten\t\t")
	fmt.Fprintln(table, "body\tms\tms\tratio\tms\tratio\tms, GIL\tratio\tratio\tms\tms\tratio\t")
	for _, b := range codecBodies() {
		t, err := timeCodec(ctx, rounds, b, scan, python)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", b.name,
			fine(t.loads), fine(t.scan), over(t.scan, t.loads), fine(t.check), over(t.check, t.loads),
			fine(t.build), over(t.build, t.loads), over(t.check+t.build, t.loads), fine(t.dumps), fine(t.answer), over(t.answer, t.dumps))
	}
	return table.Flush()
}

// timeCodec takes the steps in turns, so that what slows the machine down slows
// all of them down.
func timeCodec(ctx context.Context, rounds int, b codecBody, scan scanner, python *codecApp) (codecTimes, error) {
	var loads, scans, checks, builds, dumps, answers []time.Duration
	if err := scan.use(b.text); err != nil {
		return codecTimes{}, err
	}
	for range rounds {
		took, err := scan.time(ctx, "")
		if err != nil {
			return codecTimes{}, err
		}
		scans = append(scans, took)
		if took, err = scan.time(ctx, b.schema); err != nil {
			return codecTimes{}, err
		}
		checks = append(checks, took)
		for range codecTurns {
			t, err := python.turn(ctx, b)
			if err != nil {
				return codecTimes{}, err
			}
			loads, builds = append(loads, t.loads), append(builds, t.build)
			dumps, answers = append(dumps, t.dumps), append(answers, t.answer)
		}
	}
	return codecTimes{
		loads: medianDuration(loads), scan: medianDuration(scans), check: medianDuration(checks), build: medianDuration(builds),
		dumps: medianDuration(dumps), answer: medianDuration(answers),
	}, nil
}

func fine(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d)/float64(time.Millisecond)) }

func over(d, control time.Duration) string { return ratio(float64(d), float64(control)) }
