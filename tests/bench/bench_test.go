package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const wrkReport = `Running 3s test @ http://127.0.0.1:8000/plain
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.06ms    1.20ms  21.04ms   90.67%
    Req/Sec    73.42k     4.83k   81.06k    73.33%
  Latency Distribution
     50%  702.00us
     75%    1.24ms
     90%    2.29ms
     99%  940.00us
  219307 requests in 3.00s, 32.21MB read
Requests/sec:  73031.12
Transfer/sec:     10.73MB
`

func TestParseWrk(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		report string
		want   load
		bad    bool
	}{
		"clean":        {wrkReport, load{Requests: 219307, Rate: 73031.12, P99: 940 * time.Microsecond}, false},
		"milliseconds": {strings.Replace(wrkReport, "940.00us", "12.50ms", 1), load{Requests: 219307, Rate: 73031.12, P99: 12500 * time.Microsecond}, false},
		"minutes":      {strings.Replace(wrkReport, "940.00us", "1.50m", 1), load{Requests: 219307, Rate: 73031.12, P99: 90 * time.Second}, false},
		"errors": {
			wrkReport + "  Socket errors: connect 1, read 2, write 0, timeout 3\n  Non-2xx or 3xx responses: 10\n",
			load{Requests: 219307, Rate: 73031.12, P99: 940 * time.Microsecond, Errors: 16},
			false,
		},
		"no latency": {strings.Replace(wrkReport, "     99%", "     98%", 1), load{}, true},
		"empty":      {"", load{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parseWrk(tt.report)
			if (err != nil) != tt.bad || got != tt.want {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}

func FuzzParseWrk(f *testing.F) {
	f.Add(wrkReport)
	f.Fuzz(func(t *testing.T, report string) {
		if l, err := parseWrk(report); err == nil && (l.Requests < 0 || l.P99 < 0) {
			t.Errorf("%+v from %q", l, report)
		}
	})
}

func TestStatistics(t *testing.T) {
	t.Parallel()
	if got := medianFloat([]float64{3, 1, 2}); got != 2 {
		t.Errorf("odd median %v", got)
	}
	if got := medianFloat([]float64{4, 1, 2, 3}); got != 2.5 {
		t.Errorf("even median %v", got)
	}
	if got := medianDuration([]time.Duration{1, 3}); got != 2 {
		t.Errorf("median duration %v", got)
	}
	if got := spread([]float64{90, 100, 110}); got != 0.2 {
		t.Errorf("spread %v", got)
	}
	if got := spread([]float64{0, 0}); got != 0 {
		t.Errorf("spread of nothing %v", got)
	}
}

func TestPrint(t *testing.T) {
	t.Parallel()
	at := func(rates ...float64) []sample {
		var samples []sample
		for _, r := range rates {
			samples = append(samples, sample{load: load{Rate: r, P99: time.Millisecond}, CPU: 10 * time.Microsecond})
		}
		return samples
	}
	failing := at(50)
	failing[0].Errors = 7
	c := comparison{Rows: []row{
		{Workload: "plain", Server: at(90, 95, 100), Control: at(100, 100, 104)},
		{Workload: "async", Server: at(90), Control: at(80, 100, 104)},
		{Workload: "await", Server: failing, Control: at(100)},
		{Workload: "di", Missing: "500 Internal Server Error"},
	}}
	var out bytes.Buffer
	if err := c.print(&out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	for i, want := range []string{"", "", "0.95", "24 % void", "(7 errors)", "di: not served yet: 500"} {
		if !strings.Contains(lines[i], want) {
			t.Errorf("line %d is %q, want %q in it", i, lines[i], want)
		}
	}
	if strings.Contains(lines[2], "void") {
		t.Errorf("a spread of 4 %% is void: %q", lines[2])
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	if all, err := choose(""); err != nil || len(all) != len(workloads()) {
		t.Errorf("%d workloads, %v", len(all), err)
	}
	if two, err := choose("sleep, plain"); err != nil || len(two) != 2 || two[0].name != "sleep" {
		t.Errorf("%v, %v", two, err)
	}
	if _, err := choose("plain,plane"); err == nil || !strings.Contains(err.Error(), `"plane"`) {
		t.Errorf("an unknown workload: %v", err)
	}
}

// TestCheckNoticesWrongAnswers feeds the check answers that are almost right.
func TestCheckNoticesWrongAnswers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"right":        {http.StatusOK, `{"message":"Hello"}`, ""},
		"another text": {http.StatusOK, `{"message":"Hallo"}`, "another answer"},
		"no JSON":      {http.StatusOK, `Hello`, "another answer"},
		"an error":     {http.StatusNotImplemented, `{"detail":"no"}`, `501 Not Implemented: {"detail":"no"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}))
			defer s.Close()
			err := workloads()[0].check(checking(), s.URL)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}

// TestControl checks that the control serves every workload.
func TestControl(t *testing.T) { serves(t, controlPackage) }

// serves builds and starts a program and checks each workload on it.
func serves(t *testing.T, pkg string) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and starts a program: not with -short")
	}
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	dir := t.TempDir()
	p, err := build(ctx, root, pkg, "program", dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.start(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.stop()
	for _, w := range workloads() {
		if err := w.check(checking(), c.base); err != nil {
			t.Errorf("%s: %v", w.name, err)
		}
	}
}

// TestStartThatFails checks that a program that cannot start is reported with
// its output and leaves nothing behind.
func TestStartThatFails(t *testing.T) {
	t.Parallel()
	p := program{name: "refusing", binary: "/bin/sh"} // sh refuses -port
	_, err := p.start(context.Background(), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "refusing: ended before its first answer\n") {
		t.Errorf("error %v", err)
	}
}
