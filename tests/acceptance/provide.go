package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }

// providers writes the factories and tells the app of what it provides. The
// route's own come last: they name each other's factories.
func (w *wiring) providers() string {
	var classes, functions, provided []string
	for _, d := range w.ordered() {
		if class := "class " + d.class + "(Made):\n    pass"; d.class != "" && !slices.Contains(classes, class) {
			classes = append(classes, class)
		}
		if d.function != "" {
			functions = append(functions, w.factory(d))
		}
		if !d.local {
			provided = append(provided, fmt.Sprintf("app.provide(%s, %s)", d.askedBy(), w.provider(d)))
		}
	}
	blocks := slices.Concat(classes, functions, []string{strings.Join(provided, "\n")})
	return strings.Join(blocks, "\n\n")
}

// ordered gives all dependencies, those that only the route has each after what
// it needs. Where they need each other there is no such order.
func (w *wiring) ordered() []*wired {
	var out []*wired
	var add func(d *wired, above []*wired)
	add = func(d *wired, above []*wired) {
		if slices.Contains(out, d) || slices.Contains(above, d) {
			return
		}
		for _, key := range d.DependsOn {
			if needed := w.needed(d, key); needed != nil && needed.local {
				add(needed, append(above, d))
			}
		}
		out = append(out, d)
	}
	for _, d := range w.sorted() {
		add(d, nil)
	}
	return out
}

// askedBy is the key that the app provides it under.
func (d *wired) askedBy() string {
	if d.class != "" {
		return d.class
	}
	return pythonString(d.key)
}

// provider is what the app provides, or a parameter of the route names.
func (w *wiring) provider(d *wired) string {
	if d.function == "" {
		return d.literal()
	}
	args := []string{d.function}
	switch {
	case d.isValue():
	case d.lifetime() == "singleton":
		args = append(args, "singleton=True")
	case d.lifetime() == "transient":
		args = append(args, "use_cache=False")
	}
	if names := w.byName(d); len(names) > 0 {
		args = append(args, "depends_on=["+strings.Join(names, ", ")+"]")
	}
	return "Provide(" + strings.Join(args, ", ") + ")"
}

// byName are the parameters of a factory that are supplied by their names.
func (w *wiring) byName(d *wired) []string {
	var names []string
	for i, key := range d.DependsOn {
		needed := w.needed(d, key)
		if memberName(key, i) == key && (needed == nil || needed.class == "" && !needed.local) {
			names = append(names, pythonString(key))
		}
	}
	return names
}

// literal is a value, as an object of its class where it has one.
func (d *wired) literal() string {
	if d.class != "" {
		return d.class + "(**" + pythonLiteral(d.Value) + ")"
	}
	return pythonLiteral(d.Value)
}

// factory writes the function that makes a dependency.
func (w *wiring) factory(d *wired) string {
	if d.isValue() {
		return fmt.Sprintf("def %s():\n    return %s", d.function, d.literal())
	}
	params := make([]string, len(d.DependsOn))
	for i, key := range d.DependsOn {
		params[i] = w.factoryParameter(w.needed(d, key), key, i)
	}
	var b strings.Builder
	if d.Type == "async_factory" {
		b.WriteString("async ")
	}
	fmt.Fprintf(&b, "def %s(%s):\n", d.function, strings.Join(params, ", "))
	if d.Type == "async_factory" {
		b.WriteString("    await asyncio.sleep(0)\n")
	}
	fmt.Fprintf(&b, "    built[%[1]s] = built.get(%[1]s, 0) + 1\n", pythonString(d.function))
	if !d.cleansUp() {
		b.WriteString("    return " + d.product())
		return b.String()
	}
	fmt.Fprintf(&b, "    events.append(%s)\n    try:\n        yield %s\n    finally:\n",
		pythonString(logged(d.Factory)+"_opened"), d.product())
	if d.Type == "async_factory" {
		b.WriteString("        await asyncio.sleep(0)\n")
	}
	fmt.Fprintf(&b, "        events.append(%s)", pythonString(logged(d.Factory)+"_closed"))
	return b.String()
}

// product is what the factory makes. An object keeps what it was made of.
func (d *wired) product() string {
	m := makerOf(d.Factory)
	if m.plain() {
		return m.value.python
	}
	class := "Made"
	if d.class != "" {
		class = d.class
	}
	var members []string
	for _, p := range m.members {
		members = append(members, p.name+"="+p.python)
	}
	for i, key := range d.DependsOn {
		if name := memberName(key, i); !slices.ContainsFunc(m.members, func(p property) bool { return p.name == name }) {
			members = append(members, name+"="+name)
		}
	}
	return class + "(" + strings.Join(members, ", ") + ")"
}

// memberName is a dependency's name as a factory's parameter, and as a member
// of what it makes.
func memberName(key string, i int) string {
	if !isName(key) || diTaken[key] || taken[key] {
		return fmt.Sprintf("dependency_%d", i)
	}
	return key
}

// factoryParameter asks for a dependency: by its class, by the factory that the
// route alone has, or by its name.
func (w *wiring) factoryParameter(d *wired, key string, i int) string {
	name := memberName(key, i)
	switch {
	case d != nil && d.local:
		return name + ": " + w.local(d)
	case d != nil && d.class != "":
		return name + ": " + d.class
	case name != key:
		return name + ": Annotated[Any, " + pythonString(key) + "]"
	}
	return name
}

// local is the annotation that brings a dependency of the route's own.
func (w *wiring) local(d *wired) string {
	class := "Any"
	if d.class != "" {
		class = d.class
	}
	return "Annotated[" + class + ", " + w.provider(d) + "]"
}

// diArgument is a dependency as the handler's argument.
type diArgument struct{ key, name, text string }

// arguments asks for what the handler needs. A bare name does where something
// is provided under it; one that nothing provides has to be marked.
func (w *wiring) arguments() []diArgument {
	used := map[string]bool{}
	out := make([]diArgument, len(w.handler))
	for i, key := range w.handler {
		d := w.route[key]
		name := memberName(key, i)
		if used[name] {
			name = fmt.Sprintf("dependency_%d", i)
		}
		used[name] = true
		text := name
		switch {
		case d != nil && d.local:
			text += ": " + w.local(d)
		case d != nil && d.class != "":
			text += ": " + d.class
		case d == nil || name != key:
			text += ": Annotated[Any, " + pythonString(key) + "]"
		}
		out[i] = diArgument{key: key, name: name, text: text}
	}
	return out
}

// signature writes the handler's arguments by the case's strategy.
func (w *wiring) signature(args []diArgument, request string) string {
	texts := make([]string, len(args))
	for i, a := range args {
		texts[i] = a.text
	}
	all := strings.Join(texts, ", ")
	switch {
	case len(args) == 0:
		return request
	case w.strategy == "destructure" || w.strategy == "keyword_args":
		if request != "" {
			request += ", "
		}
		return request + "*, " + all
	case request != "":
		return all + ", " + request
	}
	return all
}

// touched are the statements by which a request leaves a trace in what it was
// given, once for each object.
func (w *wiring) touched(roots []*injected) []string {
	var out []string
	seen := map[string]bool{}
	for _, n := range reach(roots) {
		d := w.route[n.name]
		if !n.dependency || d == nil || d.isValue() || seen[n.name] {
			continue
		}
		seen[n.name] = true
		if each := makerOf(d.Factory).each; each != "" && n.members != nil {
			out = append(out, n.python+each)
		}
	}
	return out
}
