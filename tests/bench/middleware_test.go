package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spikard/spikard-go/tests/bench/variant"
)

// costRow is a row with samples of these microseconds of CPU.
func costRow(workload, name string, micros ...int) *cost {
	r := &cost{Request: variant.Request{Workload: workload, Name: name}}
	for _, n := range micros {
		r.samples = append(r.samples, sample{load: load{Rate: 1e6 / float64(n)}, CPU: time.Duration(n) * time.Microsecond})
	}
	return r
}

func TestMiddlewareReport(t *testing.T) {
	t.Parallel()
	rows := costs{
		// The machine is twice as slow in the second round.
		costRow(variant.Plain, variant.None, 20, 40, 20),
		costRow(variant.Plain, variant.Default, 22, 44, 30),
		costRow(variant.Plain, "jwt", 40, 88, 45),
		costRow(variant.Big, variant.None, 100, 100, 100),
		costRow(variant.Big, variant.Default, 100, 100, 100),
		costRow(variant.Big, "gzip", 300, 300, 300),
	}
	rows[2].samples[1].Errors = 7
	var out bytes.Buffer
	if err := rows.print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"none 1.00 1.00-1.00 0.91 20.0 1.00 50000",
		"default 1.10 1.10-1.50 1.00 30.0 0.91 33333",
		"jwt 2.20 2.00-2.25 1.82 45.0 0.45 22222 (7 errors)",
		"gzip 3.00 3.00-3.00 3.00 300.0 0.33 3333",
		"default to none on plain: 1.100 in CPU a request (1.100 to 1.500), at most 1.15 is allowed: met, but void: rounds of none differ by 100 %",
	} {
		same := func(line string) bool { return strings.Join(strings.Fields(line), " ") == want }
		if !slices.ContainsFunc(strings.Split(out.String(), "\n"), same) {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
	rows[0], rows[1] = costRow(variant.Plain, variant.None, 20, 21, 20), costRow(variant.Plain, variant.Default, 24, 25, 20)
	out.Reset()
	if err := rows.print(&out); err != nil || !strings.Contains(out.String(), "not met\n") {
		t.Errorf("1.2 of none is allowed: %v\n%s", err, out.String())
	}
}

func TestTurns(t *testing.T) {
	t.Parallel()
	for _, rounds := range []int{1, 2, 5, 50} {
		first := map[int]bool{}
		for round := range rounds {
			order := turns(21, round, rounds)
			first[order[0]] = true
			for i, n := range slices.Sorted(slices.Values(order)) {
				if i != n {
					t.Fatalf("round %d of %d leaves out %d: %v", round, rounds, i, order)
				}
			}
		}
		if len(first) < min(rounds, 11) {
			t.Errorf("%d rounds begin at %v", rounds, first)
		}
	}
}

// TestMiddlewareCheck has servers that answer, but not as the variant would.
func TestMiddlewareCheck(t *testing.T) {
	t.Parallel()
	request := variant.Request{Path: "/plain", Header: http.Header{"Origin": {"x"}}, Sign: "X-Sign"}
	for name, tt := range map[string]struct {
		status      int
		field, want string
	}{
		"right":    {http.StatusOK, "X-Sign", "<nil>"},
		"unsigned": {http.StatusOK, "X-Other", "no X-Sign"},
		"refused":  {http.StatusUnauthorized, "X-Sign", "401 Unauthorized: x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set(tt.field, "1")
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(r.Header.Get("Origin")))
			}))
			defer s.Close()
			r := &cost{Request: request, child: &child{base: s.URL}}
			if err := r.check(checking()); !strings.Contains(fmt.Sprint(err), tt.want) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
	r := &cost{Request: request}
	if got := r.workload().header; !slices.Equal(got, []string{"Origin: x"}) {
		t.Errorf("wrk sends %q", got)
	}
}
