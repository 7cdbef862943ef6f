package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/goleak"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/spikard"
)

// asProgram has the test's binary be the program.
const asProgram = "LEDGER_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// site is an open ledger.
type site struct {
	url  string
	logs *logs
}

func open(t *testing.T, file File, opts ...fx.Option) *site {
	t.Helper()
	l := &logs{}
	var server *spikard.Server
	app := fx.New(fx.NopLogger, spikard.Module, ledger("127.0.0.1:0", file), fx.Options(opts...), fx.Populate(&server),
		fx.Supply(slog.New(slog.NewTextHandler(l, nil))))
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), app.StopTimeout())
		defer cancel()
		if err := app.Stop(ctx); err != nil {
			t.Error("stop:", err)
		}
	})
	return &site{url: "http://" + server.Addr(), logs: l}
}

func newFile(t *testing.T) File { return File(filepath.Join(t.TempDir(), "ledger.db")) }

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

// client keeps no connection, so none outlives its test.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func (s *site) do(ctx context.Context, method, path, body string, header http.Header) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	if header != nil {
		req.Header = header
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return strings.TrimSpace(fmt.Sprint(resp.StatusCode, " ", string(text))), err
}

// wants checks an answer: its status, a blank, and its body or the start of it.
func (s *site) wants(t *testing.T, method, path, body, want string) {
	t.Helper()
	got, err := s.do(t.Context(), method, path, body, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got, want) {
		t.Errorf("%s %s %s: %s\nwant %s", method, path, body, got, want)
	}
}

// wantsBalance checks what an account holds once all is committed.
func (s *site) wantsBalance(t *testing.T, account string, cents int) {
	t.Helper()
	s.wants(t, "GET", "/accounts/"+account, "", fmt.Sprintf(`200 {"account":%q,"cents":%d}`, account, cents))
}

func (s *site) openAccount(t *testing.T, account string, cents int) {
	t.Helper()
	body := fmt.Sprintf(`{"id":%q,"cents":%d}`, account, cents)
	s.wants(t, "POST", "/accounts", body, "201 "+body)
}

func order(payer, payee string, cents int) string {
	return fmt.Sprintf(`{"payer":%q,"payee":%q,"cents":%d}`, payer, payee, cents)
}

func problem(status int, kind, title, detail string) string {
	return fmt.Sprintf(`%d {"type":"https://spikard.dev/errors/%s","title":%q,"status":%d,"detail":%q}`, status, kind, title, status, detail)
}

// What the handler has booked is there if it succeeds, and not if it fails.
func TestTransfer(t *testing.T) {
	s := open(t, newFile(t))
	s.openAccount(t, "ada", 1000)
	s.openAccount(t, "bob", 0)
	s.wants(t, "POST", "/transfers", order("ada", "bob", 500), `201 {"fee":5,"left":495}`)
	s.wants(t, "POST", "/transfers", order("ada", "bob", 500), problem(409, "conflict", "Conflict", "ada is 10 cents short"))
	s.wants(t, "POST", "/transfers", order("ada", "eve", 10), problem(404, "not-found", "Not Found", "There is no account eve"))
	s.wants(t, "POST", "/transfers", order("ada", "bob", -1), "422 ")
	s.wants(t, "POST", "/accounts", `{"id":"bob","cents":1}`, problem(409, "conflict", "Conflict", "There is an account bob"))
	s.wantsBalance(t, "ada", 495)
	s.wantsBalance(t, "bob", 500)
	s.wantsBalance(t, "bank", 5)
	s.wants(t, "GET", "/accounts/eve", "", "404 ")
	s.wants(t, "GET", "/audit", "", `200 ["ada paid bob 500"]`)
	for line, want := range map[string]int{
		`msg="/transfers opened"`:                                       3,
		`msg="/transfers closed"`:                                       1,
		`msg="/transfers closed, failed: 409: ada is 10 cents short"`:   1,
		`msg="/transfers closed, failed: 404: There is no account eve"`: 1,
	} {
		if n := strings.Count(s.logs.String(), line); n != want {
			t.Errorf("%d times %s in the log, want %d:\n%s", n, line, want, s.logs)
		}
	}
}

// The answer waits for the commit: one that fails is a 500, and nothing of the
// request is left.
func TestFailingCommit(t *testing.T) {
	s := open(t, newFile(t))
	s.openAccount(t, "ada", 1000)
	s.wants(t, "DELETE", "/accounts/ada", "",
		problem(500, "internal-server-error", "Internal Server Error", "The server could not answer the request"))
	s.wantsBalance(t, "ada", 1000)
	s.wants(t, "GET", "/audit", "", `200 []`)
	if logged := s.logs.String(); !strings.Contains(logged, "FOREIGN KEY constraint failed") {
		t.Errorf("the log doesn't tell why:\n%s", logged)
	}
	s.wants(t, "DELETE", "/accounts/eve", "", problem(404, "not-found", "Not Found", "There is no account eve"))
	// The connection is none the worse for it.
	s.openAccount(t, "bob", 0)
	s.wantsBalance(t, "bob", 0)
	s.wants(t, "DELETE", "/accounts/bob", "", "204")
	s.wants(t, "GET", "/accounts/bob", "", "404 ")
	s.wants(t, "GET", "/audit", "", `200 ["bob closed"]`)
}

// Go's Fees are built from Python's FeePolicy, for handlers of both.
func TestFees(t *testing.T) {
	s := open(t, newFile(t))
	s.openAccount(t, "ada", 1000)
	for tariff, fee := range map[string]int{"": 5, "standard": 5, "business": 1, "none": 5} {
		header := http.Header{}
		if tariff != "" {
			header.Set("X-Tariff", tariff)
		}
		got, err := s.do(t.Context(), "GET", "/fees/500", "", header)
		if want := fmt.Sprintf(`200 {"fee":%d}`, fee); err != nil || got != want {
			t.Errorf("tariff %q: %s, %v; want %s", tariff, got, err, want)
		}
	}
	got, err := s.do(t.Context(), "POST", "/transfers", order("ada", "bank", 500), http.Header{"X-Tariff": {"business"}})
	if want := `201 {"fee":1,"left":499}`; err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

// Each request has a transaction of its own: those that fail take nothing of the
// others with them, and leave nothing to them.
func TestParallelRequests(t *testing.T) {
	s := open(t, newFile(t))
	const clients, rounds = 8, 10
	s.openAccount(t, "ada", 1000)
	s.openAccount(t, "bob", 0)
	var wg sync.WaitGroup
	for i := range clients {
		payee, status := "bob", "201"
		if i%2 == 1 {
			payee, status = "nobody", "404"
		}
		wg.Go(func() {
			for range rounds {
				got, err := s.do(t.Context(), "POST", "/transfers", order("ada", payee, 10), nil)
				if err != nil || !strings.HasPrefix(got, status) {
					t.Errorf("to %s: %s, %v", payee, got, err)
				}
			}
		})
	}
	wg.Wait()
	const paid = clients / 2 * rounds
	s.wantsBalance(t, "ada", 1000-paid*11)
	s.wantsBalance(t, "bob", paid*10)
	s.wantsBalance(t, "bank", paid)
}

// A test replaces what it likes, here the pool and so all that is built on it. It
// holds for its own server only.
func TestReplacedPool(t *testing.T) {
	nowhere := File(filepath.Join(t.TempDir(), "missing", "ledger.db"))
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			pool, closePool, err := OpenPool(t.Context(), newFile(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := closePool(); err != nil {
					t.Error(err)
				}
			})
			s := open(t, nowhere, di.Replace(pool))
			s.openAccount(t, "ada", 1000+i)
			s.wants(t, "POST", "/transfers", order("ada", "bank", 100), fmt.Sprintf(`201 {"fee":1,"left":%d}`, 899+i))
			s.wantsBalance(t, "ada", 899+i)
			entries, err := pool.Number(t.Context(), "SELECT sum(cents) FROM entries", nil)
			if err != nil || entries == nil || *entries != int64(1000+i) {
				t.Errorf("the pool has entries of %v, %v; want %d", entries, err, 1000+i)
			}
		})
	}
}

// By the name that Python has for it, too: handlers of both get the replacement.
func TestReplacedFees(t *testing.T) {
	s := open(t, newFile(t), di.ReplaceKey("app.Fees", &Fees{permille: 500}))
	s.wants(t, "GET", "/fees/500", "", `200 {"fee":250}`)
	s.openAccount(t, "ada", 1000)
	s.wants(t, "POST", "/transfers", order("ada", "bank", 500), `201 {"fee":250,"left":250}`)
}

// README.md shows what the program prints.
func TestGraph(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-graph", "-db", string(newFile(t)))
	cmd.Env = append(os.Environ(), asProgram+"=1")
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(string(readme), "```text\n")
	shown, _, _ = strings.Cut(shown, "```")
	// In a test's binary, package main has the folder's name.
	printed := strings.ReplaceAll(string(output), "typed_di.", "main.")
	if shown == "" || !strings.Contains(printed, shown) {
		t.Errorf("the program prints\n%s\nREADME.md shows\n%s", printed, shown)
	}
}
