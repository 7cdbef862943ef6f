//go:build linux && cgo && (amd64 || arm64)

package libraries

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestAsyncpg(t *testing.T) {
	folders(t) // before a server is started
	dir := startPostgres(t)
	onEach(t, "asyncpg_app", []string{"asyncpg"}, []string{"POSTGRES=" + dir}, func(t *testing.T, s *server) {
		type busy struct{ Out, Sleeping int }
		s.want(http.MethodPost, "/notes", `["one", "two"]`, http.StatusOK, `"COPY 2"`)
		s.get("/notes", `["one", "two"]`)
		s.get("/cursor", "500500")
		s.get("/notify/hello", `"hello"`)
		s.get("/refused", `"division by zero"`)

		s.leave("/stuck", leavers, func() bool { return read[busy](s, "/busy") == busy{poolSize, poolSize} })
		s.eventually("the queries are over, and the connections in the pool", func() bool { return read[busy](s, "/busy") == busy{} })
		s.leave("/half/three", 1, func() bool { return read[busy](s, "/busy") == busy{1, 1} })
		s.eventually("the transaction is over", func() bool { return read[busy](s, "/busy") == busy{} })
		s.get("/notes", `["one", "two"]`)

		processes := map[int]bool{}
		for _, e := range s.crowd(same) {
			processes[e.Process] = true
		}
		if len(processes) > poolSize {
			t.Errorf("%d connections, want %d at most", len(processes), poolSize)
		}
	})
}

// TestStopInQueries stops a server whose queries would not end: they are cancelled
// at the end of its time, and PostgreSQL is left alone.
func TestStopInQueries(t *testing.T) {
	folders(t) // before a server is started
	dir := startPostgres(t)
	env := []string{"POSTGRES=" + dir, "SPIKARD_SHUTDOWN_TIMEOUT=1"}
	onEach(t, "asyncpg_app", []string{"asyncpg"}, env, func(t *testing.T, s *server) {
		var all sync.WaitGroup
		for range leavers {
			all.Go(func() {
				if code, text, err := s.send(t.Context(), http.MethodGet, "/stuck", ""); err == nil && code == http.StatusOK {
					t.Errorf("/stuck: %d %s", code, text)
				}
			})
		}
		type busy struct{ Out, Sleeping int }
		s.eventually("the queries run", func() bool { return read[busy](s, "/busy") == busy{poolSize, poolSize} })
		err := s.stop()
		all.Wait()
		said := s.said.String()
		if err != nil || strings.Count(said, "\n") != 1 || !strings.Contains(said, "requests did not end within") {
			t.Errorf("the server ended with %v and said:\n%s", err, said)
		}
		start(t, "asyncpg_app", s.process.Env).get("/busy", `{"out": 0, "sleeping": 0}`)
	})
}

func TestSQLAlchemyAsyncpg(t *testing.T) {
	folders(t) // before a server is started
	dir := startPostgres(t)
	testSQLAlchemy(t, "asyncpg", "postgresql+asyncpg://postgres@/postgres?host="+dir)
}

func TestSQLAlchemyAiosqlite(t *testing.T) {
	testSQLAlchemy(t, "aiosqlite", "sqlite+aiosqlite:///"+filepath.Join(t.TempDir(), "books.db"))
}

// testSQLAlchemy tries sessions that are a request's, over a pool that is the
// app's.
func testSQLAlchemy(t *testing.T, driver, url string) {
	onEach(t, "sqlalchemy_app", []string{"sqlalchemy", "greenlet", driver}, []string{"DATABASE=" + url}, func(t *testing.T, s *server) {
		type pool struct{ Out, Connections int }
		before := read[[]int](s, "/thread")
		s.want(http.MethodPost, "/titles/Emma", "", http.StatusCreated, `{"title": "Emma", "shelf": "fiction"}`)
		if code, _, err := s.send(t.Context(), http.MethodPost, "/titles/Dune?fail=true", ""); err != nil || code != http.StatusConflict {
			t.Errorf("%d, %v", code, err)
		}
		s.get("/titles", `["Piranesi", "Emma"]`)

		s.leave("/stuck", leavers, func() bool { return read[pool](s, "/pool").Out == poolSize })
		s.eventually("the connections are in the pool", func() bool { return read[pool](s, "/pool").Out == 0 })
		s.leave("/half/Ulysses", 1, func() bool { return read[pool](s, "/pool").Out == 1 })
		s.eventually("the connection is in the pool", func() bool { return read[pool](s, "/pool").Out == 0 })
		s.get("/titles", `["Piranesi", "Emma"]`)

		s.crowd(same)
		if got := read[pool](s, "/pool"); got.Out != 0 || got.Connections > poolSize {
			t.Errorf("the pool has %+v", got)
		}
		if after := read[[]int](s, "/thread"); !slices.Equal(before, after) || after[0] != after[1] {
			t.Errorf("the threads of a handler and its greenlet were %v and are %v", before, after)
		}
	})
}

func TestRedis(t *testing.T) {
	folders(t) // before a server is started
	socket := startRedis(t)
	onEach(t, "redis_app", []string{"redis"}, []string{"REDIS=unix://" + socket}, func(t *testing.T, s *server) {
		first := read[int](s, "/count")
		if second := read[int](s, "/count"); second != first+1 {
			t.Errorf("counted %d, %d", first, second)
		}
		s.get("/script/21", "42")
		s.get("/say/hello", `"hello"`)
		s.leave("/stuck", leavers, func() bool { return read[int](s, "/blocked") == poolSize })
		s.eventually("nobody waits in Redis", func() bool { return read[int](s, "/blocked") == 0 })
		s.crowd(same)
	})
}

func TestSQLite3(t *testing.T) {
	onEach(t, "sqlite3_app", nil, nil, func(_ *testing.T, s *server) {
		s.want(http.MethodPost, "/words/one", "", http.StatusOK, `["one"]`)
		s.want(http.MethodPost, "/words/two", "", http.StatusOK, `["one", "two"]`)
		s.crowd(same)
		s.get("/thread", "true")
	})
}
