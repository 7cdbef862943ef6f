package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/goleak"

	"github.com/spikard/spikard-go/spikard"
)

// asProgram has the test's binary be the program.
const asProgram = "BOOKSHOP_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// site is an open bookshop.
type site struct {
	url  string
	logs *logs
	stop func()
}

func open(t *testing.T, file string) *site {
	t.Helper()
	l := &logs{}
	app, server := newApp(file, l)
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop := sync.OnceFunc(func() {
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), app.StopTimeout())
		defer cancel()
		if err := app.Stop(ctx); err != nil {
			t.Error("stop:", err)
		}
	})
	t.Cleanup(stop)
	return &site{url: "http://" + server.Addr(), logs: l, stop: stop}
}

func newApp(file string, l *logs) (*fx.App, *spikard.Server) {
	var server *spikard.Server
	app := fx.New(fx.NopLogger, spikard.Module, bookshop("127.0.0.1:0", file), fx.Populate(&server),
		fx.Supply(slog.New(slog.NewTextHandler(l, nil))))
	return app, server
}

func books(t *testing.T) string { return filepath.Join(t.TempDir(), "new folder", "books?.db") }

// logs collects what the program logs.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// reply is an answer read whole.
type reply struct {
	status int
	header http.Header
	body   string
}

func (s *site) do(ctx context.Context, method, path, body string) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(text)}, err
}

func (s *site) must(t *testing.T, method, path, body string) reply {
	t.Helper()
	got, err := s.do(t.Context(), method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// read checks the status and reads the body into a value.
func (r reply) read(t *testing.T, status int, into any) {
	t.Helper()
	if r.status != status {
		t.Fatalf("%d %s, want status %d", r.status, r.body, status)
	}
	if err := json.Unmarshal([]byte(r.body), into); err != nil {
		t.Fatalf("%q: %v", r.body, err)
	}
}

func bookJSON(title string) string {
	return fmt.Sprintf(`{"title":%q,"author":"Jane Austen","year":1815,"price":899}`, title)
}

func TestCatalogue(t *testing.T) {
	s := open(t, books(t))
	earthsea := `{"id":1,"title":"A Wizard of Earthsea","author":"Ursula K. Le Guin","year":1968,"price":999}`
	notFound := `{"type":"https://spikard.dev/errors/not-found","title":"Not Found","status":404,"detail":"No book has the id 99"}`
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"a book", "GET", "/books/1", "", 200, earthsea},
		{"a book's header", "HEAD", "/books/1", "", 200, ""},
		{"no such book", "GET", "/books/99", "", 404, notFound},
		{"no such book, from Go", "GET", "/books/99/cover", "", 404, notFound},
		{"by author", "GET", "/books?author=LE+GUIN&limit=1", "", 200, `{"books":[` + earthsea + `],"total":3}`},
		{"by title and price", "GET", "/books?q=wizard&max_price=999", "", 200, `{"books":[` + earthsea + `],"total":1}`},
		{"too dear", "GET", "/books?q=wizard&max_price=998", "", 200, `{"books":[],"total":0}`},
		{"behind the last page", "GET", "/books?offset=24", "", 200, `{"books":[],"total":24}`},
		{"no quoting needed", "GET", "/books?q=%27%25_", "", 200, `{"books":[],"total":0}`},
		{"in Go", "GET", "/stats", "", 200, `{"books":24,"authors":20,"cheapest":795,"dearest":1850}`},
		{"nothing arrives", "GET", "/arrivals?wait=0.01", "", 200, `null`},
		{"added", "POST", "/books", bookJSON("Emma"), 201, `{"id":25,"title":"Emma","author":"Jane Austen","year":1815,"price":899}`},
		{"added before", "POST", "/books", bookJSON("Emma"), 409, `{"type":"https://spikard.dev/errors/conflict","title":"Conflict","status":409,"detail":"Emma by Jane Austen is in the catalogue"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := s.must(t, tt.method, tt.path, tt.body)
			if got.status != tt.status || got.body != tt.want {
				t.Errorf("%d %s\nwant %d %s", got.status, got.body, tt.status, tt.want)
			}
		})
	}
	if n := strings.Count(s.logs.String(), "added Emma (127.0.0.1)"); n != 1 {
		t.Errorf("the journal has Emma %d times:\n%s", n, s.logs)
	}
	if timing := s.must(t, "GET", "/books/1", "").header.Get("Server-Timing"); !strings.HasPrefix(timing, "app;dur=") {
		t.Errorf("Server-Timing %q", timing)
	}
	wrong := s.must(t, "DELETE", "/books", "")
	if allow := wrong.header.Get("Allow"); wrong.status != 405 || allow != "GET, HEAD, POST" {
		t.Errorf("DELETE: %d, Allow %q", wrong.status, allow)
	}
}

func TestPaging(t *testing.T) {
	s := open(t, books(t))
	var ids []int64
	for offset := 0; ; offset += 10 {
		var page Page
		s.must(t, "GET", fmt.Sprintf("/books?limit=10&offset=%d", offset), "").read(t, 200, &page)
		if len(page.Books) == 0 {
			break
		}
		for _, b := range page.Books {
			ids = append(ids, b.ID)
		}
	}
	for i, id := range ids {
		if id != int64(i+1) {
			t.Fatalf("the pages hold %v", ids)
		}
	}
	if len(ids) != 24 {
		t.Errorf("%d books, want 24", len(ids))
	}
}

func TestRefusals(t *testing.T) {
	s := open(t, books(t))
	for _, tt := range []struct {
		method, path, body string
		want               map[string]string // where: the error's type
	}{
		{"POST", "/books", `{}`, map[string]string{
			"body.title": "missing", "body.author": "missing", "body.year": "missing", "body.price": "missing",
		}},
		{"POST", "/books", `{"title":"","author":"x","year":"MMXX","price":0}`, map[string]string{
			"body.title": "string_too_short", "body.year": "int_parsing", "body.price": "greater_than",
		}},
		{"GET", "/books?limit=101&offset=-1&max_price=cheap", "", map[string]string{
			"query.limit": "less_than_equal", "query.offset": "greater_than_equal", "query.max_price": "int_parsing",
		}},
		{"GET", "/arrivals?wait=11", "", map[string]string{"query.wait": "less_than_equal"}},
		{"POST", "/books", strings.Replace(bookJSON("Emma"), "899", "99999999999999999999", 1), map[string]string{
			"body.price": "less_than_equal",
		}},
		{"GET", "/books/99999999999999999999", "", map[string]string{"path.id": "less_than_equal"}},
		{"GET", "/books/one", "", map[string]string{"path.id": "int_parsing"}},
	} {
		t.Run(tt.method+tt.path+tt.body, func(t *testing.T) {
			var problem struct {
				Type   string
				Status int
				Errors []struct {
					Type string
					Loc  []string
				}
			}
			s.must(t, tt.method, tt.path, tt.body).read(t, 422, &problem)
			got := map[string]string{}
			for _, e := range problem.Errors {
				got[strings.Join(e.Loc, ".")] = e.Type
			}
			if !reflect.DeepEqual(got, tt.want) || problem.Status != 422 ||
				problem.Type != "https://spikard.dev/errors/validation-error" {
				t.Errorf("%+v\nwant %v", problem, tt.want)
			}
		})
	}
	if got := s.must(t, "POST", "/books", "{"); got.status != 400 {
		t.Errorf("malformed JSON: %d %s", got.status, got.body)
	}
}

func TestCover(t *testing.T) {
	s := open(t, books(t))
	s.must(t, "POST", "/books", bookJSON("<Emma> & co"))
	got := s.must(t, "GET", "/books/25/cover", "")
	if got.status != 200 || got.header.Get("Content-Type") != "image/svg+xml" {
		t.Errorf("%d %v", got.status, got.header)
	}
	for _, want := range []string{"&lt;Emma&gt; &amp; co", "Marginalia, 1815"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the cover lacks %q:\n%s", want, got.body)
		}
	}
}

// Whoever waits hears of a book that is added meanwhile.
func TestArrivals(t *testing.T) {
	s := open(t, books(t))
	type arrival struct {
		reply
		err error
	}
	arrived := make(chan arrival)
	for range 3 {
		go func() {
			got, err := s.do(t.Context(), "GET", "/arrivals", "")
			arrived <- arrival{got, err}
		}()
	}
	// When they have begun to wait can't be told from outside, so books are
	// added until all have heard of one.
	for added, heard := 0, 0; heard < 3; added++ {
		s.must(t, "POST", "/books", bookJSON(fmt.Sprint("Emma ", added)))
		select {
		case got := <-arrived:
			if got.err != nil || got.status != 200 || !strings.Contains(got.body, `"title":"Emma `) {
				t.Errorf("%d %q, %v", got.status, got.body, got.err)
			}
			heard++
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Of many who add the same books at once, one adds each.
func TestConcurrentWrites(t *testing.T) {
	s := open(t, books(t))
	const clients, titles = 16, 20
	var mu sync.Mutex
	status := map[int]int{}
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := range titles {
				got, err := s.do(t.Context(), "POST", "/books", bookJSON(fmt.Sprint("Emma ", i)))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				status[got.status]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if want := map[int]int{201: titles, 409: (clients - 1) * titles}; !reflect.DeepEqual(status, want) {
		t.Errorf("statuses %v, want %v", status, want)
	}
	var page Page
	s.must(t, "GET", "/books?q=emma&limit=100", "").read(t, 200, &page)
	if page.Total != titles || len(page.Books) != titles {
		t.Errorf("%d books in all, %d on the page; want %d", page.Total, len(page.Books), titles)
	}
}

func TestRestart(t *testing.T) {
	file := books(t)
	first := open(t, file)
	first.must(t, "POST", "/books", bookJSON("Emma"))
	first.stop()
	again := open(t, file)
	var page Page
	again.must(t, "GET", "/books?limit=100", "").read(t, 200, &page)
	if page.Total != 25 || page.Books[24].Title != "Emma" {
		t.Errorf("%d books, the last is %v", page.Total, page.Books[len(page.Books)-1])
	}
}

func TestRefusedFiles(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("This is a letter.\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer.db")
	store := NewStore(newer)
	if err := store.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := store.db.ExecContext(t.Context(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		text:                        "not a database",
		newer:                       "version 99",
		filepath.Join(text, "x.db"): "not a directory",
	} {
		app, _ := newApp(file, &logs{})
		err := app.Start(t.Context())
		if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error that names it and says %q", file, err, want)
		}
	}
}

func TestValidateApp(t *testing.T) {
	if err := fx.ValidateApp(fx.NopLogger, spikard.Module, bookshop("127.0.0.1:0", books(t))); err != nil {
		t.Error(err)
	}
}

// The program needs no Python on the PATH and no file beside it, and an
// interrupt ends it in order.
func TestProgram(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := books(t)
	cmd := exec.CommandContext(t.Context(), exe, "-addr", "127.0.0.1:0", "-db", file)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), asProgram+"=1", "PATH=", "VIRTUAL_ENV=", "SPIKARD_PYTHON=")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said, url string
	for lines := bufio.NewScanner(stdout); strings.Count(said, "curl ") < 3 && lines.Scan(); {
		said += lines.Text() + "\n"
	}
	if url = regexp.MustCompile(`http://127\.0\.0\.1:[1-9]\d*`).FindString(said); url == "" {
		_ = cmd.Process.Kill()
		t.Fatalf("the program said:\n%s%v\n%s", said, cmd.Wait(), stderr.String())
	}
	s := &site{url: url}
	if got := s.must(t, "GET", "/books/4", ""); !strings.Contains(got.body, "Dune") {
		t.Errorf("%d %s", got.status, got.body)
	}
	http.DefaultClient.CloseIdleConnections()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the program ended with %v\n%s", err, stderr.String())
	}
	// SQLite removes its log when the last connection is closed.
	if _, err := os.Stat(file + "-wal"); !os.IsNotExist(err) {
		t.Errorf("the catalogue was not closed: %v", err)
	}
}
