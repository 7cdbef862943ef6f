package spikard_test

import (
	"context"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge/pybridgetest"
	"github.com/spikard/spikard-go/spikard"
)

// The rules of tokens may be Python's and the secret the environment's; without one
// a start is refused.
func TestSecretFromTheEnvironment(t *testing.T) {
	t.Parallel()
	for environment, refused := range map[string]bool{"": true, "SPIKARD_JWT_AUTH_SECRET=" + strings.Repeat("s", 32): false} {
		engine := pybridgetest.New()
		engine.App("app:app").Config("jwt_auth", map[string]any{"issuer": "shop"})
		app, server, _ := newApp(engine, spikard.Config{}, spikard.PythonApp("app:app"))
		server.SetEnviron(environment)
		err := app.Start(t.Context())
		if refused != (err != nil && strings.Contains(err.Error(), "jwt_auth.secret")) {
			t.Errorf("%q: %v", environment, err)
		}
		if err == nil {
			if err := app.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		}
	}
}
