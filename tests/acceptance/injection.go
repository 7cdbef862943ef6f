package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Injection is what a case says of its app's dependencies.
type Injection struct {
	Dependencies map[string]Dependency `json:"dependencies"`
	// Handler are the keys that the handler asks for, in order.
	Handler []string `json:"handler_dependencies"`
	// Strategy is how it asks for them: "type" by their types, "destructure"
	// and "keyword_args" by keyword-only arguments, else by name.
	Strategy string `json:"injection_strategy"`
	// Overrides hold in the case's route alone.
	Overrides map[string]Dependency `json:"route_overrides"`
}

// Dependency is one of them: a value, or what a factory makes.
type Dependency struct {
	Type       string   `json:"type"` // value, factory or async_factory
	Value      any      `json:"value"`
	PythonType string   `json:"python_type"`
	Factory    string   `json:"factory"`
	DependsOn  []string `json:"depends_on"`
	Singleton  bool     `json:"singleton"`
	Cacheable  *bool    `json:"cacheable"`
	Cleanup    bool     `json:"cleanup"`
	Scope      string   `json:"scope"`
}

// Background is a second route, which tells what happened in the first.
type Background struct {
	StatePath string `json:"state_path"`
	StateKey  string `json:"state_key"`
	// ValueField is the member of the body that is noted.
	ValueField string `json:"value_field"`
}

// lifetime is that of a factory's value, in Spikard's words.
func (d Dependency) lifetime() string {
	switch {
	case d.Singleton, d.Scope == "app", d.Scope == "singleton":
		return "singleton"
	case d.Scope == "transient", d.Scope == "" && d.Cacheable != nil && !*d.Cacheable:
		return "transient"
	}
	return "request"
}

func (d Dependency) isValue() bool { return d.Type == "value" }

// cleansUp says whether the factory is a generator.
func (d Dependency) cleansUp() bool {
	return !d.isValue() && (d.Cleanup || strings.HasSuffix(d.Factory, "_with_cleanup"))
}

// wiring is a case's dependencies as the generated app has them.
type wiring struct {
	strategy string
	handler  []string
	// app are those that the app provides, route those that the case's route
	// has: the same, but for the local ones.
	app, route map[string]*wired
}

// wired is one dependency of the app.
type wired struct {
	Dependency
	key string
	// local is one that only the route has: it is overridden there, or needs
	// one that is.
	local bool
	// class is the type by which it is asked for, or an empty text.
	class string
	// function makes it, unless it is a value that the app provides.
	function string
}

// wire reads a case's dependencies.
//
// # Errors
//
// A kind of dependency, or a factory, that there is no rule for.
func wire(in Injection) (*wiring, error) {
	w := &wiring{strategy: in.Strategy, handler: in.Handler, app: map[string]*wired{}, route: map[string]*wired{}}
	for key, d := range in.Dependencies {
		w.app[key] = &wired{Dependency: d, key: key}
		w.route[key] = w.app[key]
	}
	for key, d := range in.Overrides {
		w.route[key] = &wired{Dependency: d, key: key, local: true}
	}
	w.spread()
	used := maps.Clone(diTaken)
	for _, d := range w.sorted() {
		if err := w.name(d, used); err != nil {
			return nil, fmt.Errorf("dependency %s: %w", d.key, err)
		}
	}
	return w, nil
}

// spread gives the route its own of those that need one that is overridden.
func (w *wiring) spread() {
	for again := true; again; {
		again = false
		for key, d := range w.route {
			needsLocal := slices.ContainsFunc(d.DependsOn, func(key string) bool { return w.route[key] != nil && w.route[key].local })
			if !d.isValue() && !d.local && needsLocal {
				w.route[key], again = &wired{Dependency: d.Dependency, key: key, local: true}, true
			}
		}
	}
}

// sorted gives all dependencies by their keys, the app's before the route's.
func (w *wiring) sorted() []*wired {
	var out []*wired
	for _, key := range slices.Sorted(maps.Keys(w.app)) {
		out = append(out, w.app[key])
	}
	for _, key := range slices.Sorted(maps.Keys(w.route)) {
		if d := w.route[key]; d.local {
			out = append(out, d)
		}
	}
	return out
}

// needed is what a dependency is given for a key, or nil.
func (w *wiring) needed(d *wired, key string) *wired {
	if d.local {
		return w.route[key]
	}
	return w.app[key]
}

// name gives a dependency's class and function names that no other has.
func (w *wiring) name(d *wired, used map[string]bool) error {
	switch {
	case d.isValue() && d.local:
		d.function = unused(used, "override_"+pythonName(d.key))
	case d.isValue():
	case d.Type != "factory" && d.Type != "async_factory":
		return fmt.Errorf("no rule for the type %q", d.Type)
	case !strings.HasPrefix(d.Factory, factoryPrefix) || !isName(d.Factory):
		return fmt.Errorf("no scripted factory %q", d.Factory)
	default:
		d.function = unused(used, d.Factory)
	}
	if w.strategy == "type" {
		d.class = w.classOf(d, used)
	}
	return nil
}

// classOf is the class of its own by which a dependency can be asked for.
// Values that are no objects have none.
func (w *wiring) classOf(d *wired, used map[string]bool) string {
	if _, object := d.Value.(map[string]any); d.isValue() && !object || !d.isValue() && makerOf(d.Factory).plain() {
		return ""
	}
	if app := w.app[d.key]; d.local && app != nil && app.class != "" {
		return app.class
	}
	name := d.PythonType
	if !isName(name) || builtins[name] {
		name = camelCase(pythonName(d.key))
	}
	return unused(used, name)
}

// builtins are types that are no classes of an app's own.
var builtins = map[string]bool{
	"bool": true, "bytes": true, "dict": true, "float": true, "int": true, "list": true, "object": true, "set": true,
	"str": true, "tuple": true,
}

// diTaken are the names that a generated app with dependencies uses itself.
var diTaken = map[string]bool{
	"Annotated": true, "Any": true, "Made": true, "Provide": true, "Response": true, "Spikard": true, "app": true,
	"asyncio": true, "built": true, "count": true, "datetime": true, "events": true, "handler": true, "json": true, "sleep": true, "state": true,
	"timezone": true, "turn": true, "turns": true, "uuid4": true,
}

func unused(used map[string]bool, name string) string {
	free := name
	for n := 2; used[free]; n++ {
		free = fmt.Sprintf("%s_%d", name, n)
	}
	used[free] = true
	return free
}

// pythonName makes a name of any text.
func pythonName(key string) string {
	name := strings.Map(func(r rune) rune {
		if isName("_" + string(r)) {
			return r
		}
		return '_'
	}, key)
	if !isName(name) {
		name = "dependency_" + name
	}
	return name
}

func camelCase(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

// counted says whether there is a factory, whose runs can be counted.
func (w *wiring) counted() bool {
	return slices.ContainsFunc(w.sorted(), func(d *wired) bool { return !d.isValue() })
}

// builds gives how often each factory must have run once the handler has
// answered n requests. Singletons are made at start, whether somebody needs
// them or not.
func (w *wiring) builds(n int) map[string]int {
	out := map[string]int{}
	var build func(d *wired, times int)
	build = func(d *wired, times int) {
		if d == nil || d.isValue() || d.lifetime() != "transient" && out[d.function] > 0 {
			return
		}
		if d.lifetime() == "singleton" {
			times = 1
		}
		out[d.function] += times
		for _, key := range d.DependsOn {
			build(w.needed(d, key), times)
		}
	}
	for _, d := range w.sorted() {
		if !d.local && d.lifetime() == "singleton" {
			build(d, 1)
		}
	}
	for _, key := range w.handler {
		build(w.route[key], n)
	}
	return out
}
