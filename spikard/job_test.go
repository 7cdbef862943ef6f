package spikard

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/spikard/spikard-go/middleware"
)

// TestJobs has the clock of a bubble run jobs that are quick, late, that fail and
// that panic.
func TestJobs(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	metrics, err := middleware.NewMetrics(middleware.MetricsConfig{Registerer: registry})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var quick, late, failing []time.Duration
		note := func(to *[]time.Duration) { *to = append(*to, time.Since(begin)) }
		j := newJobs(slog.New(slog.DiscardHandler), metrics)
		j.start(&job{name: "quick", every: 10 * time.Second, immediately: true, run: func(context.Context) error {
			note(&quick)
			return nil
		}})
		j.start(&job{name: "late", every: 10 * time.Second, run: func(context.Context) error {
			note(&late)
			time.Sleep(25 * time.Second)
			return nil
		}})
		j.start(&job{name: "failing", every: time.Hour, immediately: true, run: func(context.Context) error {
			note(&failing)
			switch len(failing) {
			case 1:
				return errors.New("no luck")
			case 2:
				panic("no luck at all")
			}
			return nil
		}})
		time.Sleep(time.Minute + time.Second)
		synctest.Wait()
		j.hold()
		if cut := j.drain(t.Context()); len(cut) > 0 {
			t.Errorf("%q were cut", cut)
		}
		time.Sleep(time.Hour)
		const s = time.Second
		if want := []time.Duration{0, 10 * s, 20 * s, 30 * s, 40 * s, 50 * s, 60 * s}; !slices.Equal(quick, want) {
			t.Errorf("quick: %v", quick)
		}
		if want := []time.Duration{10 * s, 40 * s}; !slices.Equal(late, want) {
			t.Errorf("late: %v", late)
		}
		if len(failing) != 3 || failing[1] > s || failing[2] > 3*s {
			t.Errorf("failing: %v", failing)
		}
	})
	got := figures(t, registry)
	for series, want := range map[string]float64{
		"spikard_background_started_total quick": 7, "spikard_background_started_total late": 2,
		"spikard_background_started_total failing": 3, "spikard_background_failed_total failing": 2,
		"spikard_background_running quick": 0, "spikard_job_skipped_total late": 4, "spikard_job_run_seconds late": 2,
	} {
		if got[series] != want {
			t.Errorf("%s: %v, want %v", series, got[series], want)
		}
	}
}

// figures are those of jobs: values, and of a histogram how many there are.
func figures(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, label := range m.GetLabel() {
				if label.GetName() == "job" {
					out[family.GetName()+" "+label.GetValue()] = m.GetCounter().GetValue() + m.GetGauge().GetValue() +
						float64(m.GetHistogram().GetSampleCount())
				}
			}
		}
	}
	return out
}

// TestJobsCut has a stop whose time is up cancel the runs, and name them.
func TestJobsCut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := newJobs(slog.New(slog.DiscardHandler), nil)
		for _, name := range []string{"b", "a"} {
			j.start(&job{name: name, every: time.Second, run: func(ctx context.Context) error {
				<-ctx.Done()
				return ctx.Err()
			}})
		}
		time.Sleep(2 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if cut := j.drain(ctx); !slices.Equal(cut, []string{"a", "b"}) {
			t.Errorf("%q were cut", cut)
		}
	})
}
