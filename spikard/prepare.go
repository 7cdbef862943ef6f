package spikard

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/internal/bind"
	"github.com/spikard/spikard-go/spikard/internal/route"
)

// prepare turns what was registered into endpoints. It goes on behind each
// fault, so that all are reported at once.
func (r *running) prepare(context.Context) []error {
	faults := r.settle()
	if len(faults) == 0 {
		faults = r.equip()
	} else {
		r.equipment = &equipment{running: r} // what is wrong with the routes is still found
	}
	for _, app := range r.homes() {
		faults = append(faults, app.manifestFaults()...)
		app.register(r.server, r.config.Logger)
		r.addPrincipals(app.registry)
		r.observe(app)
		faults = append(faults, app.registerProviders()...)
		faults = append(faults, r.planRoutes(app)...)
	}
	faults = append(faults, r.planGoRoutes()...)
	r.planOwn()
	for _, app := range r.homes() {
		faults = append(faults, r.seal(app)...)
	}
	faults = append(faults, r.compileTable()...)
	for _, app := range r.apps {
		faults = append(faults, app.compileLifespan()...)
		faults = append(faults, r.compileJobs(app)...)
	}
	for _, plan := range r.plans {
		faults = append(faults, r.compilePlan(plan)...)
	}
	for _, m := range r.missing {
		faults = append(faults, m.compile()...)
	}
	if len(faults) == 0 {
		return nil
	}
	return leaves(joinAll(faults))
}

// planRoutes decides the arguments of an app's handlers and hooks.
func (r *running) planRoutes(app *pythonApp) []error {
	var faults []error
	take := func(callable int, kind roleKind) *role {
		role, more := app.roleOf(callable, kind, app.registry.Has)
		faults = append(faults, more...)
		app.roots = append(app.roots, role.needs...)
		return role
	}
	for _, stage := range []pybridge.HookStage{pybridge.StageStartup, pybridge.StageShutdown, pybridge.StageHealthCheck} {
		for _, h := range app.hooks(stage) {
			app.lifespan = append(app.lifespan, &lifespanHook{
				stage: stage, source: h.Source, role: take(h.Callable, roleLifespan),
			})
		}
	}
	for i := range app.manifest.Routes {
		reg := &app.manifest.Routes[i]
		path := app.option.prefix + reg.Path
		guard, err := r.guardOf(reg.Security, reg.Source)
		if err != nil {
			faults = append(faults, err)
		}
		around := r.aroundOf(path, guard)
		app.roots = append(app.roots, around.diNeeds()...)
		spec := programSpec{
			name: app.manifest.Callables[reg.Callable].Name, hooks: app.pyHooksOf(reg, take),
			handler: take(reg.Callable, roleHandler), statusCode: reg.StatusCode,
			threads: cmp.Or(reg.Threads, r.config.RouteThreads), queue: cmp.Or(reg.Queue, r.config.RouteQueue),
			checked: reg.ValidateResponses, answer: reg.ResponseSchema, around: around.diNeeds(),
		}
		faults = append(faults, guard.suffices(&spec, reg.Source)...)
		options := bind.Options{BodySchema: reg.BodySchema, Files: reg.Files}
		r.plans = append(r.plans, &routePlan{
			methods: reg.Methods, path: path, name: spec.name, source: reg.Source, home: app,
			apart: reg.Events || reg.Session != nil,
			compile: func(pathNames []string) (endpoint, *compiled, error) {
				return r.compileRoute(app, reg, spec, options, around, pathNames)
			},
		})
	}
	app.planJobs(take)
	r.planMissing(app, take)
	return faults
}

// planGoRoutes adds the routes of Go handlers, and what they need.
func (r *running) planGoRoutes() []error {
	var faults []error
	for i := range r.server.routes {
		reg := &r.server.routes[i]
		needs := needsOf(reg)
		home, err := r.homeOf(needs)
		if err != nil {
			faults = append(faults, &RouteError{Method: reg.method, Path: reg.path, Source: reg.source, Err: err})
			continue
		}
		for i := range needs {
			home.roots = append(home.roots, needs[i].Need)
		}
		guard, err := r.guardOf(nil, reg.source)
		if err != nil {
			faults = append(faults, err)
		}
		around := r.aroundOf(reg.path, guard)
		home.roots = append(home.roots, around.diNeeds()...)
		r.plans = append(r.plans, &routePlan{
			methods: []string{reg.method}, path: reg.path, name: reg.handler.name, source: reg.source,
			home: home,
			compile: func(pathNames []string) (endpoint, *compiled, error) {
				return r.compileGo(reg, needs, around, home, pathNames)
			},
		})
	}
	return faults
}

// seal checks an app's dependencies. With ServeWithFaults the faults are
// logged, and compilePlan finds the routes that they affect.
func (r *running) seal(app *pythonApp) []error {
	err := app.registry.Seal(app.roots)
	if err == nil {
		return nil
	}
	if !r.config.ServeWithFaults {
		return leaves(err)
	}
	for _, fault := range leaves(err) {
		r.config.Logger.Error("serving with a faulty dependency", "app", app.option.target, "fault", fault.Error())
	}
	return nil
}

// compileTable reads the templates and finds the conflicts between all routes,
// Go's and Python's together.
func (r *running) compileTable() []error {
	var faults []error
	var routes []route.Route
	for id, plan := range r.plans {
		var err error
		if plan.template, err = route.Parse(plan.path); err != nil {
			faults = append(faults, &RouteError{
				Method: strings.Join(plan.methods, ","), Path: plan.path, Source: plan.source, Err: err,
			})
			continue
		}
		for _, method := range plan.methods {
			routes = append(routes, route.Route{Method: method, Template: plan.template, ID: id, Source: plan.source})
		}
	}
	table, err := route.Compile(routes)
	r.table = table
	return append(faults, leaves(err)...)
}

// compilePlan makes a route's endpoint.
func (r *running) compilePlan(plan *routePlan) []error {
	if plan.template == nil {
		return nil // reported already
	}
	var names []string
	for _, p := range plan.template.Params() {
		names = append(names, p.Name)
	}
	serve, program, err := plan.compile(names)
	if err == nil {
		plan.serve, plan.program = serve, program
		return nil
	}
	if faults := di.Faults(err); len(faults) > 0 {
		// Seal has reported them.
		if r.config.ServeWithFaults {
			plan.serve = r.wall.refusal(faults)
		}
		return nil
	}
	var located []error
	for _, fault := range leaves(err) {
		var known *RegistrationError
		if !errors.As(fault, &known) {
			fault = &RouteError{
				Method: strings.Join(plan.methods, ","), Path: plan.path, Source: plan.source, Err: fault,
			}
		}
		located = append(located, fault)
	}
	return located
}

// compileRoute makes the endpoint of a Python route: of its handler, with what
// sessions, events and bodies in parts need besides.
func (r *running) compileRoute(app *pythonApp, reg *pybridge.Route, spec programSpec, options bind.Options, around *around, pathNames []string) (endpoint, *compiled, error) {
	e, program, err := r.compilePython(app, spec, options, around, pathNames)
	if err != nil {
		return nil, nil, err
	}
	e.intake.streamed = reg.StreamBody
	switch {
	case reg.Session != nil:
		message, err := r.compileMessage(app, reg.Session)
		return (&sessionRoute{
			endpoint: e, streams: &r.streams, groups: &app.host.groups, message: message, maxMessage: r.config.WebSocketMaxMessage,
			ping: r.config.WebSocketPing, idle: r.config.WebSocketIdle,
			origins: r.config.WebSocketOrigins, compress: *r.config.WebSocketCompression,
		}).serve, program, err
	case reg.Events:
		return (&eventRoute{endpoint: e, streams: &r.streams, period: r.config.EventKeepAlive}).serve, program, nil
	}
	return e.serve, program, nil
}

// compilePython makes the endpoint of a Python handler.
func (r *running) compilePython(app *pythonApp, spec programSpec, options bind.Options, around *around, pathNames []string) (*pythonEndpoint, *compiled, error) {
	e := &pythonEndpoint{name: spec.name, wall: r.wall, pathNames: pathNames, intake: r.intake(), around: around}
	fn := &app.manifest.Callables[spec.handler.callable]
	binder, bindErr := bind.Compile(app.manifest, fn, spec.handler.bound, pathNames, options)
	program, err := app.program(spec)
	check, checkErr := r.answerCheck(app, spec)
	if err := errors.Join(bindErr, err, checkErr); err != nil {
		return nil, nil, err
	}
	e.binder, e.program, e.check = binder, program, check
	binder.SetLimits(r.limits())
	e.intake.takes(binder)
	e.intake.bytes = program.request
	return e, program, errors.Join(around.settle(program, app.registry)...)
}
