package main

import (
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// program collects the parts of a generated app.py.
type program struct {
	stdlib  map[string]map[string]bool // names by module; none: the module itself
	names   map[string]bool            // imported from spikard
	config  []string                   // ServerConfig's arguments
	before  string                     // module-level code ahead of the handler
	route   string                     // the decorator; none: no handler
	handler string                     // the function
}

// newProgram begins an app with the case's settings.
func newProgram(c *Case, lax bool) (*program, error) {
	args, imports, err := serverConfig(c.App.Config, lax)
	if err != nil {
		return nil, err
	}
	if proxy := trustedRunner(c); proxy != "" {
		args = append(args, proxy)
	}
	p := &program{stdlib: map[string]map[string]bool{}, names: map[string]bool{"Spikard": true, "Response": true}, config: args}
	for _, name := range imports {
		p.names[name] = true
	}
	return p, nil
}

// importedFrom says where a name that an annotation may use comes from. Names
// of spikard itself have no entry.
var importedFrom = map[string]string{
	"Annotated": "typing", "Any": "typing", "Literal": "typing",
	"UUID": "uuid", "date": "datetime", "datetime": "datetime", "time": "datetime",
}

// needs imports each of the names that the text uses as a word of its own.
func (p *program) needs(text string) {
	word := func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }
	used := map[string]bool{}
	for _, w := range strings.FieldsFunc(outsideStrings(text), word) {
		used[w] = true
	}
	for name, module := range importedFrom {
		if used[name] {
			p.takes(module, name)
		}
	}
	for _, marker := range []string{"Query", "Path", "Header", "Cookie", "Body", "File", "Form"} {
		if used[marker] {
			p.names[marker] = true
		}
	}
}

// takes imports a name from a module of the standard library.
func (p *program) takes(module, name string) {
	if p.stdlib[module] == nil {
		p.stdlib[module] = map[string]bool{}
	}
	p.stdlib[module][name] = true
}

// outsideStrings blanks the string literals of generated Python.
func outsideStrings(text string) string {
	var b strings.Builder
	inside := false
	for i := 0; i < len(text); i++ {
		switch {
		case inside && text[i] == '\\':
			i++
		case text[i] == '"':
			inside = !inside
			b.WriteByte(' ')
		case !inside:
			b.WriteByte(text[i])
		}
	}
	return b.String()
}

// source is the whole app.py.
func (p *program) source() string {
	made := "app = Spikard()"
	if len(p.config) > 0 {
		p.names["ServerConfig"] = true
		made = "app = Spikard(config=ServerConfig(" + strings.Join(p.config, ", ") + "))"
	}
	blocks := []string{p.imports(), made}
	if p.before != "" {
		blocks = append(blocks, strings.TrimSpace(p.before))
	}
	if p.route != "" {
		blocks = append(blocks, p.route+"\n"+strings.TrimSpace(p.handler))
	}
	return strings.Join(blocks, "\n\n") + "\n"
}

func (p *program) imports() string {
	var lines []string
	for _, module := range slices.Sorted(maps.Keys(p.stdlib)) {
		if names := p.stdlib[module]; len(names) > 0 {
			lines = append(lines, "from "+module+" import "+strings.Join(slices.Sorted(maps.Keys(names)), ", "))
		} else {
			lines = append(lines, "import "+module)
		}
	}
	names := strings.Join(slices.Sorted(maps.Keys(p.names)), ", ")
	return strings.Join(append(lines, "from spikard import "+names), "\n")
}

// decorator writes the route's registration.
func decorator(r Route, keywords ...string) string {
	args := append([]string{pythonString(r.Path)}, keywords...)
	switch m := strings.ToLower(r.Method); m {
	case "get", "post", "put", "patch", "delete", "head", "options", "trace":
		return fmt.Sprintf("@app.%s(%s)", m, strings.Join(args, ", "))
	default:
		args = append(args, "methods=["+pythonString(r.Method)+"]")
		return fmt.Sprintf("@app.route(%s)", strings.Join(args, ", "))
	}
}

// bodyArgument is the handler's body argument, or an empty text where the
// route has no body schema to speak of. What the schema itself demands goes
// into the route's body_schema.
func bodyArgument(c *Case) string {
	if len(c.App.Route.BodySchema) == 0 {
		return ""
	}
	kind := annotate(c.App.Route.BodySchema).Type
	switch kind {
	case "", "None":
		kind = "Any"
	case "str", "int", "float", "bool", "dict[str, Any]":
	default:
		if strings.HasPrefix(kind, "list[") {
			kind = "list[Any]"
		} else {
			kind = "Any"
		}
	}
	marker := "Body()"
	if isForm(c) {
		marker = "Form()"
	}
	return fmt.Sprintf("body: Annotated[%s, %s]", kind, marker)
}

// isForm says whether the app is one that takes forms. A case does not say
// which media type its author had in mind, but for what it sends itself: that
// is what the app takes, unless it is refused for its type.
func isForm(c *Case) bool {
	for _, step := range c.Steps {
		refused := step.Expect.Status == http.StatusUnsupportedMediaType
		switch mediaType(step.Request.Headers) {
		case "application/x-www-form-urlencoded", "multipart/form-data":
			if !refused {
				return true
			}
		case "application/json":
			// Without a charset or a coding there is nothing else to refuse.
			if refused && headerOf(step.Request.Headers, "Content-Encoding") == "" &&
				!strings.Contains(headerOf(step.Request.Headers, "Content-Type"), ";") {
				return true
			}
		}
	}
	return false
}

func headerOf(headers map[string]string, name string) string {
	for given, value := range headers {
		if strings.EqualFold(given, name) {
			return value
		}
	}
	return ""
}

func mediaType(headers map[string]string) string {
	value := headerOf(headers, "Content-Type")
	kind, _, err := mime.ParseMediaType(value)
	if err != nil {
		kind, _, _ = strings.Cut(value, ";")
	}
	return strings.ToLower(strings.TrimSpace(kind))
}

// statusAllowsBody says whether an answer of the status has a body on the wire.
func statusAllowsBody(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}
