package spikard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"sync"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/lifecycle"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/internal/route"
)

// pythonApp is a loaded app and the registry of its dependencies. Each app has
// a registry of its own: two files named app.py may both have a class
// Settings, and their keys are the same. A server without a Python app has one
// without an app, for Go's own dependencies.
type pythonApp struct {
	option   appOption
	app      pybridge.App // nil without Python
	host     *host        // the same
	manifest *pybridge.Manifest
	registry *di.Registry
	roles    map[roleKey]*role
	roots    []di.Need
	lifespan []*lifespanHook
	jobs     []pythonJob
	programs []*compiled
	makers   makers

	crossings sync.Mutex // of the maps below
	exports   map[exportKey]export
	handles   map[keptKey]uint64
	// traced says that programs are given the trace context of their requests.
	traced bool
	// begun says that an on_startup hook has run.
	begun bool
}

// foreign is what a Python provider is known by in the registry.
type foreign struct{ callable int }

// loadApp has the engine import an app and adds the app's providers and Go's
// values to a registry.
func loadApp(ctx context.Context, option appOption, log *slog.Logger) (*pythonApp, error) {
	host := &host{}
	spec := pybridge.AppSpec{Target: option.target, Dir: option.dir, FS: option.fsys, Logger: log, Host: host}
	if spec.FS == nil && spec.Dir == "" {
		dir, err := os.Getwd()
		if err != nil {
			return nil, faultAt(option.source, "load python app %q: %w", option.target, err)
		}
		spec.Dir = dir
	}
	loaded, err := option.engine.Load(ctx, spec)
	if err != nil {
		return nil, err
	}
	a := newPythonApp(option, loaded.Manifest())
	a.app, a.host, host.app = loaded, host, a
	if v := a.manifest.Version; v != pybridge.ManifestVersion {
		err := faultAt(option.source, "python app %q: its manifest has version %d, this module reads %d: "+
			"the Python package spikard that was imported isn't the one in this program",
			option.target, v, pybridge.ManifestVersion)
		return nil, errors.Join(err, loaded.Close(ctx))
	}
	return a, nil
}

func newPythonApp(option appOption, manifest *pybridge.Manifest) *pythonApp {
	a := &pythonApp{
		option: option, manifest: manifest, registry: di.NewRegistry(), roles: map[roleKey]*role{},
		exports: map[exportKey]export{}, handles: map[keptKey]uint64{}, makers: makers{made: map[roleKey]*maker{}},
	}
	a.registry.SetForeign(a.makeValue)
	a.registry.SetConvert(func(ctx context.Context, value any, to reflect.Type) (any, error) {
		v, err := fromPython(ctx, value, to)
		if err != nil {
			return nil, err
		}
		return v.Interface(), nil
	})
	return a
}

// close ends the singletons of both languages, in the reverse of the order in
// which they were made, and releases the app.
func (a *pythonApp) close(ctx context.Context) error {
	err := a.registry.Stop(ctx)
	if a.app != nil {
		err = errors.Join(err, a.app.Close(ctx))
	}
	return err
}

func checkPrefix(app appOption) error {
	if app.prefix == "" {
		return nil
	}
	template, err := route.Parse(app.prefix)
	if err == nil && (len(template.Params()) > 0 || strings.HasSuffix(app.prefix, "/")) {
		err = errors.New("a prefix has no parameters and no slash at its end")
	}
	if err != nil {
		return faultAt(app.source, "prefix %q of python app %q: %w", app.prefix, app.target, err)
	}
	return nil
}

// register adds what Go provides.
func (a *pythonApp) register(s *Server, log *slog.Logger) {
	addRequestValues(a.registry, log)
	env := di.Env{Convert: fromPython, Singletons: map[di.Key]any{loggerKey: log}}
	for _, registration := range s.registrations {
		registration.AddTo(a.registry, env)
	}
	for i := range s.routes {
		s.routes[i].addTo(a.registry)
	}
	for _, h := range s.hooks {
		h.addTo(a.registry)
	}
}

// registerProviders adds Python's own. It comes after Go's values, because
// whether a parameter without a marker is a dependency depends on them.
func (a *pythonApp) registerProviders() []error {
	// A provider may need another that is registered later.
	provided := map[di.Key]bool{}
	for _, p := range a.manifest.Providers {
		provided[di.Key(p.Key)] = true
	}
	has := func(k di.Key) bool { return provided[k] || a.registry.Has(k) }
	var faults []error
	for _, p := range a.manifest.Providers {
		lifetime, err := lifetimeOf(p.Scope)
		if err != nil {
			faults = append(faults, &RegistrationError{Source: p.Source, Err: err})
		}
		kind := roleProvider
		if lifetime == di.Singleton {
			kind = roleSingleton
		}
		r, roleFaults := a.roleOf(p.Callable, kind, has)
		faults = append(faults, roleFaults...)
		a.registry.Add(di.Provider{
			Key: di.Key(p.Key), Lifetime: lifetime, Needs: r.needs,
			Lazy: p.Lazy, Name: a.manifest.Callables[p.Callable].Name, Source: di.Source(p.Source),
			Foreign: foreign{callable: p.Callable},
		})
	}
	return faults
}

func lifetimeOf(scope string) (di.Lifetime, error) {
	switch scope {
	case "singleton":
		return di.Singleton, nil
	case "request":
		return di.Request, nil
	case "transient":
		return di.Transient, nil
	}
	return di.Request, fmt.Errorf("scope %q is none of request, singleton and transient", scope)
}

// hooks gives those of a stage, in order of registration.
func (a *pythonApp) hooks(stage pybridge.HookStage) []pybridge.Hook {
	var out []pybridge.Hook
	for _, h := range a.manifest.Hooks {
		if h.Stage == stage {
			out = append(out, h)
		}
	}
	return out
}

// manifestFaults are those that Python found, and what this version lacks.
func (a *pythonApp) manifestFaults() []error {
	var faults []error
	for _, f := range a.manifest.Faults {
		faults = append(faults, &RegistrationError{Source: f.Source, Err: errors.New(f.Message)})
	}
	for _, h := range a.manifest.Hooks {
		if !lifecycle.Stage(h.Stage).Known() {
			faults = append(faults, faultAt(h.Source, "hooks of the stage %s are not supported by this version", h.Stage))
		}
	}
	return faults
}
