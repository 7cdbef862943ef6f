package spikard

import (
	"context"
	"log/slog"

	"github.com/gin-gonic/gin"
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/di"
)

// Module is the server. An fx app has it once, beside an engine and whatever
// it serves:
//
//	fx.New(spikard.Module, embedded.Module, spikard.PythonApp("app:app")).Run()
//
// The apps are loaded, checked and served in OnStart, and everything is undone
// in reverse order in OnStop. A start that fails undoes what it had begun and
// can be tried again.
//
// # Deadlines
//
// fx gives OnStop 15 s in all unless [fx.StopTimeout] says otherwise, and that
// option can't come from a module. So the server drains for
// [Config.ShutdownTimeout] or until 3 s before fx's deadline, whichever is
// sooner, and warns when it was fx's. [Run] sets the deadlines by itself.
//
// # Gin
//
// When the fx app provides a *gin.Engine, the routes are mounted on it, behind
// its own middleware; nothing of its settings is changed. Routes of an app
// with a [Prefix] then have that whole prefix: 404 and 405 below it are this
// module's. For routes without a prefix, 404, 405 and redirects are the
// engine's, and a path with an escaped slash (%2F) finds its route only if
// Gin's UseEscapedPath is set. Without a *gin.Engine, one is made that never
// redirects.
var Module fx.Option = fx.Module("spikard",
	fx.Provide(newServer, newHookOrder),
	fx.Invoke(func(*Server) {}),
)

// parts is what the server takes from the fx app.
type parts struct {
	fx.In

	Apps          []appOption        `group:"spikard.apps"`
	Routes        []goRoute          `group:"spikard.routes"`
	Hooks         []*goHook          `group:"spikard.hooks"`
	Registrations []*di.Registration `group:"di.registrations"`
	Config        Config             `optional:"true"`
	Gin           *gin.Engine        `optional:"true"`
	Logger        *slog.Logger       `optional:"true"`
}

func newServer(lc fx.Lifecycle, stopper fx.Shutdowner, p parts) *Server {
	if p.Config.Logger == nil {
		p.Config.Logger = p.Logger
	}
	s := &Server{config: p.Config, apps: p.Apps, registrations: p.Registrations, routes: p.Routes, hooks: p.Hooks, userGin: p.Gin}
	s.sortParts()
	// A server that can't accept any more is of no use to anybody.
	s.onFailure = func() { _ = stopper.Shutdown(fx.ExitCode(1)) }
	lc.Append(fx.Hook{
		OnStart: func(ctx context.Context) error { return s.start(ctx) },
		OnStop:  func(ctx context.Context) error { return s.stop(ctx) },
	})
	return s
}
