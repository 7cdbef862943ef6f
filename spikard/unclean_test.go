package spikard_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

// A provider refuses a request with a problem, and the clean-up of what was built
// before it fails: the answer is a 500, and the log has both.
func TestRefusalWithFailedCleanup(t *testing.T) {
	t.Parallel()
	type session struct{}
	type user struct{}
	s := serve(t, pybridgetest.New(), spikard.Config{},
		di.Provide(func() (*session, func() error) {
			return &session{}, func() error { return errors.New("the commit failed") }
		}),
		di.Provide(func(*session) (*user, error) { return nil, api.NewProblem(409, "conflict", "no such user") }),
		spikard.Get("/", func(*user) string { return "never" }))
	if got := s.get(t, "/"); got.StatusCode != 500 {
		t.Errorf("got %d %s", got.StatusCode, got.text)
	}
	for _, want := range []string{"no such user", "the commit failed"} {
		if !strings.Contains(s.logs.String(), want) {
			t.Errorf("%q is not in the log: %s", want, s.logs.String())
		}
	}
}
