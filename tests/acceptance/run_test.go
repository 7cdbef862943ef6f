package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"
)

// asWanted answers a case as it wants to be answered: it stands for a server
// without a fault.
func asWanted(c *Case) http.Handler {
	turn := 0
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		step := c.Steps[turn%len(c.Steps)]
		turn++
		for name, want := range step.Expect.Headers {
			if want != absent {
				w.Header().Set(name, sample(want))
			}
		}
		for name, want := range step.Expect.Cookies {
			w.Header().Add("Set-Cookie", cookieLine(name, want))
		}
		script, scripted := scriptOf(c)
		_, answers := script.(answering)
		echoes := !scripted && c.Grade.Use != UseReply && step.Expect.Status < 400
		if echoes || answers && reaches(c, step) {
			w.Header().Set(reachedHeader, reachedValue)
		}
		if echoes && !wordsMatter(c, step.Expect) {
			writeJSON(w, http.StatusOK, map[string]any{"params": step.Expect.Echo["params"], "body": step.Expect.Echo["body"]})
			return
		}
		if told, err := json.Marshal(step.Expect.Echo); err == nil && (echoes || answers) {
			w.Header().Set(toldHeader, string(told))
		}
		if text, ok := step.Expect.Body.(string); ok {
			w.WriteHeader(step.Expect.Status)
			fmt.Fprint(w, text)
			return
		}
		writeJSON(w, step.Expect.Status, samples(step.Expect.Body))
	})
}

// writeJSON codes the body as the header says.
func writeJSON(w http.ResponseWriter, status int, v any) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	var body bytes.Buffer
	if v != nil {
		_ = json.NewEncoder(&body).Encode(v)
	}
	w.WriteHeader(status)
	// A status without a body refuses it, which is what is wanted.
	switch w.Header().Get("Content-Encoding") {
	case "gzip":
		out := gzip.NewWriter(w)
		_, _ = out.Write(body.Bytes())
		_ = out.Close()
	case "br":
		out := brotli.NewWriter(w)
		_, _ = out.Write(body.Bytes())
		_ = out.Close()
	case "zstd":
		if out, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1)); err == nil {
			_, _ = out.Write(body.Bytes())
			_ = out.Close()
		}
	default:
		_, _ = w.Write(body.Bytes())
	}
}

func cookieLine(name string, want map[string]any) string {
	line := fmt.Sprintf("%s=%v", name, want["value"])
	for k, v := range want {
		switch v := v.(type) {
		case bool:
			if v {
				line += "; " + k
			}
		default:
			if k != "value" {
				line += fmt.Sprintf("; %s=%v", strings.ReplaceAll(k, "_", "-"), v)
			}
		}
	}
	return line
}

// served makes a handler look like a Spikard server to the runner.
func served(h http.Handler) serve {
	return func(context.Context, generatedApp) (string, func(context.Context) error, error) {
		s := httptest.NewServer(h)
		return s.Listener.Addr().String(), func(context.Context) error { s.Close(); return nil }, nil
	}
}

// TestRightAnswersPass plays the own cases, and the given ones where there
// are any, against a server that answers as each case wants.
func TestRightAnswersPass(t *testing.T) {
	root, err := moduleRoot(workingDirectory(t))
	if err != nil {
		t.Fatal(err)
	}
	files := []string{ownCases(root)}
	if path, err := givenCases("", root); err != nil {
		t.Fatal(err)
	} else if path != "" {
		files = append(files, path)
	} else {
		t.Logf("no case file at %s: only the own cases are played", defaultCases(root))
	}
	for _, file := range files {
		cases, err := readCases(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			script, scripted := scriptOf(c)
			if _, answers := script.(answering); c.Proto != "http" || !answers && (scripted || c.Grade.Use == UseFeature) {
				continue
			}
			if err := play(c, served(asWanted(c))); err != nil {
				t.Errorf("%s: %v", c.ID, err)
			}
		}
	}
}

// TestWrongAnswersFail changes one thing in an answer that would pass.
func TestWrongAnswersFail(t *testing.T) {
	cases, err := readCases(filepath.Join("testdata", "own.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]*Case{}
	for _, c := range cases {
		byID[strings.TrimPrefix(c.ID, "own/")] = c
	}
	for name, tt := range map[string]struct {
		id     string
		change func(*httptest.ResponseRecorder)
		want   string
	}{
		"refused":               {"tides_by_station", status(422), "status 422 instead of the handler's 200"},
		"another 2xx":           {"tides_by_station", status(201), "status 201"},
		"handler not reached":   {"tides_by_station", header(reachedHeader, ""), "not reached"},
		"param as text":         {"tides_by_station", body(`42`, `"42"`), `params.station is "42", want 42`},
		"default not applied":   {"tides_by_station", body(`"m"`, `null`), "params.unit is null"},
		"param missing":         {"tides_by_station", body(`"unit":"m"`, `"units":"m"`), "params.unit is missing"},
		"undecoded value":       {"catalogue_filters", body("a/b", "a%2Fb"), "params.shelf[0]"},
		"invented value":        {"catalogue_filters", body(`"lent":null`, `"lent":false`), "params.lent is false"},
		"body changed":          {"new_book", body("312", "312.5"), "body.pages is 312.5"},
		"body not JSON":         {"new_book", body("{", "<"), "no JSON"},
		"let through":           {"page_missing", status(200), "status 200, want 422"},
		"other refusal":         {"page_missing", status(400), "status 400, want 422"},
		"refused by handler":    {"page_missing", header(reachedHeader, reachedValue), "handler was reached"},
		"other text":            {"page_missing", body("Field required", "field required"), "msg"},
		"input given":           {"page_missing", body(`"input":null`, `"input":""`), "input"},
		"errors short of one":   {"page_out_of_range", body(`"loc":["query","size"]`, `"loc":["query","page"]`), "errors[1]"},
		"status-only, reached":  {"no_such_path", header(reachedHeader, reachedValue), "handler was reached"},
		"status-only, 200":      {"no_such_path", status(200), "status 200, want 404"},
		"no Allow":              {"wrong_method", header("Allow", ""), "header Allow is missing"},
		"reply's status":        {"created_with_location", status(200), "status 200, want 201"},
		"reply's header":        {"created_with_location", header("Location", "/loans/8"), "header Location"},
		"reply's body":          {"created_with_location", body("1.5", "1.50001"), "body.fee"},
		"reply's media type":    {"created_with_location", header("Content-Type", "text/plain"), "Content-Type"},
		"reply's text":          {"plain_text", body("Mondays.", "Mondays"), "body is"},
		"reply's charset":       {"plain_text", header("Content-Type", "text/plain"), "content-type"},
		"coded otherwise":       {"log_as_gzip", header("Content-Encoding", "br"), "content-encoding br"},
		"not coded":             {"log_as_gzip", header("Content-Encoding", ""), "no JSON"},
		"coded, though small":   {"log_too_short", header("Content-Encoding", "gzip"), "content-encoding gzip"},
		"another content":       {"log_as_it_is", body("calm", "wild"), "body.log"},
		"cookie attribute":      {"session_opened", cookies("sid=s-19; path=/; secure; samesite=lax; max-age=900", "seen=1"), "httponly"},
		"cookie missing":        {"session_opened", cookies("sid=s-19; path=/; secure; httponly; samesite=lax; max-age=900"), "cookie seen is set 0 times"},
		"session cookie ageing": {"session_opened", cookies("sid=s-19; path=/; secure; httponly; samesite=lax; max-age=900", "seen=1; max-age=1"), "session cookie"},
	} {
		t.Run(name, func(t *testing.T) {
			c := byID[tt.id]
			if c == nil {
				t.Fatalf("no own case %q", tt.id)
			}
			err := play(c, served(changed(asWanted(c), tt.change)))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}

func changed(h http.Handler, change func(*httptest.ResponseRecorder)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		record := httptest.NewRecorder()
		h.ServeHTTP(record, r)
		change(record)
		for k, v := range record.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(record.Code)
		_, _ = w.Write(record.Body.Bytes())
	})
}

func status(code int) func(*httptest.ResponseRecorder) {
	return func(r *httptest.ResponseRecorder) { r.Code = code }
}

func header(name, value string) func(*httptest.ResponseRecorder) {
	return func(r *httptest.ResponseRecorder) {
		r.Header().Del(name)
		if value != "" {
			r.Header().Set(name, value)
		}
	}
}

func cookies(lines ...string) func(*httptest.ResponseRecorder) {
	return func(r *httptest.ResponseRecorder) { r.Header()["Set-Cookie"] = lines }
}

func body(from, to string) func(*httptest.ResponseRecorder) {
	return func(r *httptest.ResponseRecorder) {
		text := strings.Replace(r.Body.String(), from, to, 1)
		r.Body.Reset()
		r.Body.WriteString(text)
	}
}

func TestCasesThatCannotRun(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	gate := func() *Case {
		return &Case{ID: "c", Proto: "http", Grade: Grade{Use: UseGate}, Steps: []Step{{Request: Request{Method: "GET", Target: "/"}, Expect: Expect{Status: 200}}}}
	}
	none := func(context.Context) error { return nil }
	for name, tt := range map[string]struct {
		c     *Case
		start serve
		want  string
	}{
		"refused start": {gate(), func(context.Context, generatedApp) (string, func(context.Context) error, error) {
			return "", nil, errors.New("app.py:4: Query(schema=...) is not supported")
		}, "start: app.py:4"},
		"panic at start": {gate(), func(context.Context, generatedApp) (string, func(context.Context) error, error) {
			panic("boom")
		}, "start: panic: boom"},
		"no answer": {gate(), hangsUp(t), "no answer"},
		"nobody there": {gate(), func(context.Context, generatedApp) (string, func(context.Context) error, error) {
			return "127.0.0.1:1", none, nil
		}, "refused"},
		"failing stop": {gate(), func(ctx context.Context, app generatedApp) (string, func(context.Context) error, error) {
			addr, stop, err := served(asWanted(gate()))(ctx, app)
			return addr, func(ctx context.Context) error { return errors.Join(stop(ctx), errors.New("drain")) }, err
		}, "stop: drain"},
		"no script":        {&Case{Proto: "http", Grade: Grade{Use: UseFeature}}, nil, "no scripted handler yet"},
		"another protocol": {&Case{Proto: "websocket", Grade: Grade{Use: UseFeature}}, nil, "no client for websocket yet"},
		"unknown setting":  {&Case{Proto: "http", Grade: Grade{Use: UseGate}, App: App{Config: map[string]any{"x": 1}}}, nil, `setting "x"`},
	} {
		t.Run(name, func(t *testing.T) {
			if err := play(tt.c, tt.start); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}

// hangsUp closes every connection without an answer.
func hangsUp(t *testing.T) serve {
	t.Helper()
	return func(context.Context, generatedApp) (string, func(context.Context) error, error) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", nil, err
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				conn.Close()
			}
		}()
		return l.Addr().String(), func(context.Context) error { l.Close(); <-done; return nil }, nil
	}
}

// TestReport checks what is printed, and that a stuck server ends the run.
func TestReport(t *testing.T) {
	var out bytes.Buffer
	results := []Result{
		{Case: &Case{ID: "a", Category: "x", Grade: Grade{Use: UseGate}}},
		{Case: &Case{ID: "b", Category: "x", Grade: Grade{Use: UseGate}}, Err: errors.New("one\ntwo")},
		{Case: &Case{ID: "c", Category: "y", Grade: Grade{Use: UseReply}}, Waived: "rule", Err: errors.New("three")},
		{Case: &Case{ID: "d", Category: "y", Grade: Grade{Use: UseReply}}, Waived: "rule"},
	}
	if err := printCategories(&out, "category", results); err != nil {
		t.Fatal(err)
	}
	printFailures(&out, results)
	fmt.Fprintln(&out, tally(results))
	compareGolden(t, filepath.Join("testdata", "report.golden"), out.String())

	stuck := func(context.Context, generatedApp) (string, func(context.Context) error, error) {
		return "", nil, errStuck
	}
	gate := &Case{ID: "s", Proto: "http", Grade: Grade{Use: UseGate}, Steps: []Step{{}}}
	got, err := run([]*Case{gate, gate}, stuck)
	if len(got) != 1 || !errors.Is(err, errStuck) {
		t.Errorf("%d results, %v, want the run to end at the first", len(got), err)
	}
}
