package variant

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAll(t *testing.T) {
	t.Parallel()
	servers, err := All("http://127.0.0.1:4318")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, s := range servers {
		if names[s.Name] {
			t.Errorf("two servers are called %s", s.Name)
		}
		names[s.Name] = true
		for _, r := range s.Requests {
			if name := r.Workload + " " + r.Name; names[name] {
				t.Errorf("%s is there twice", name)
			} else {
				names[name] = true
			}
		}
	}
	for _, workload := range []string{Plain, Big} {
		for _, base := range []string{None, Default} {
			if !names[workload+" "+base] {
				t.Errorf("nothing to compare with: %s of %s", base, workload)
			}
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	s := Server{Settings: map[string]string{"SPIKARD_METRICS": "on", "SPIKARD_HOST": "::1"}}
	inherited := []string{"PATH=/bin", "SPIKARD_DEBUG=1", "SPIKARD_METRICS=off", "SPIKARD_PYTHON=python3", "OTEL_SERVICE_NAME=x"}
	got := s.Environment(inherited)
	want := []string{"SPIKARD_DEBUG=", "SPIKARD_METRICS=", "OTEL_SERVICE_NAME=", "SPIKARD_HOST=::1", "SPIKARD_METRICS=on"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestShows(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		request Request
		answer  http.Header
		fault   string
	}{
		"nothing asked":   {Request{}, http.Header{}, ""},
		"signed":          {Request{Sign: "Vary"}, http.Header{"Vary": {"Cookie"}}, ""},
		"not signed":      {Request{Sign: "Vary"}, http.Header{"Etag": {"1"}}, "no Vary"},
		"the coding":      {Request{Header: http.Header{"Accept-Encoding": {"br"}}}, http.Header{"Content-Encoding": {"br"}}, ""},
		"another coding":  {Request{Header: http.Header{"Accept-Encoding": {"br"}}}, http.Header{"Content-Encoding": {"gzip"}}, `in "gzip"`},
		"unwanted coding": {Request{}, http.Header{"Content-Encoding": {"gzip"}}, `in "gzip"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tt.request.Shows(tt.answer)
			if (err != nil) != (tt.fault != "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
				t.Errorf("error %v, want %q in it", err, tt.fault)
			}
		})
	}
}

func TestCollector(t *testing.T) {
	t.Parallel()
	c, err := NewCollector()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Post(c.URL+"/v1/traces", "application/x-protobuf", strings.NewReader("spans"))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK || c.Received() != int64(len("spans")) {
		t.Errorf("%s, %d bytes", answer.Status, c.Received())
	}
}
