package spikard

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the reference of the configuration anew")

const referenceFile = "../CONFIGURATION.md"

// TestReference compares CONFIGURATION.md with what the source says: comments,
// tags, and the types of Python's fields.
//
//	go test ./spikard -run TestReference -update
func TestReference(t *testing.T) {
	t.Parallel()
	r := reference{comments: configComments(t), python: pythonSettings(t)}
	r.write()
	got := r.b.String()
	for _, name := range r.undocumented {
		t.Errorf("%s has no comment", name)
	}
	if *update {
		if err := os.WriteFile(referenceFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatalf("%v; run the test with -update to write it", err)
	}
	if got != string(want) {
		t.Error("CONFIGURATION.md is another; run the test with -update and look at the change")
	}
}

// configComments gives the comments of structs ("Config") and of their fields
// ("Config.Addr").
func configComments(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("config*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no source: %v", err)
	}
	out := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			general, ok := decl.(*ast.GenDecl)
			if !ok || general.Tok != token.TYPE {
				continue
			}
			spec := general.Specs[0].(*ast.TypeSpec)
			fields, ok := spec.Type.(*ast.StructType)
			if !ok {
				continue
			}
			out[spec.Name.Name] = sentence(general.Doc)
			for _, field := range fields.Fields.List {
				for _, fieldName := range field.Names {
					out[spec.Name.Name+"."+fieldName.Name] = sentence(field.Doc)
				}
			}
		}
	}
	return out
}

var docLink = regexp.MustCompile(`\[([\w.]+)\]`)

// sentence writes a comment as Markdown on one line.
func sentence(doc *ast.CommentGroup) string {
	text := strings.ReplaceAll(strings.Join(strings.Fields(doc.Text()), " "), "*", `\*`)
	return docLink.ReplaceAllString(text, "`$1`")
}

// reference is CONFIGURATION.md on its way.
type reference struct {
	b            strings.Builder
	comments     map[string]string
	python       map[string]pythonSetting
	undocumented []string
}

func (r *reference) write() {
	r.b.WriteString(referenceHead)
	fmt.Fprintf(&r.b, referenceReserved, strings.Join(quoted(reservedVariables()), ", "))
	t := newTable()
	r.b.WriteString("## The server\n\n")
	r.head()
	for i := range t.plain {
		r.row(&t.plain[i], "Config")
	}
	for i := range t.sections {
		r.section(&t.sections[i])
	}
	r.alone()
}

func (r *reference) section(s *section) {
	class := strings.TrimSuffix(r.python[s.path].Type, " | None")
	fmt.Fprintf(&r.b, "\n## `%s`\n\n%s", s.path, r.comment(s.inner().Name()))
	if s.list {
		fmt.Fprintf(&r.b, " In Go a list, `Config.%s`; in Python `ServerConfig(%s=[StaticFilesConfig(...)])`. "+
			"The environment has no variables for it.\n\n", s.field, s.path)
	} else {
		off := "It is off by default."
		if s.onByDefault() {
			off = "It is on by default; `Off`, None and `off` turn it off."
		}
		fmt.Fprintf(&r.b, " In Go `Config.%s`; in Python `ServerConfig(%s=%s(...))`; `%s` turns it `on` or `off`. %s\n\n",
			s.field, s.path, class, s.variable, off)
	}
	r.head()
	for i := range s.settings {
		r.row(&s.settings[i], s.inner().Name())
	}
}

func (r *reference) head() {
	r.b.WriteString("| Setting | Go | Environment | Type | Default | What it does |\n|---|---|---|---|---|---|\n")
}

func (r *reference) row(s *setting, structName string) {
	variable := "none"
	if s.variable != "" {
		variable = "`" + s.variable + "`"
	}
	if s.isSecret() {
		variable += ", `" + s.variable + fileSuffix + "`"
	}
	cells := []string{"`" + s.path + "`", "`" + s.field + "`", variable, typeOf(s), defaultOf(s), r.comment(structName + "." + s.goName())}
	r.cells(cells)
}

func (r *reference) cells(cells []string) {
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(cell, "|", `\|`)
	}
	r.b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

func (r *reference) comment(name string) string {
	text := r.comments[name]
	if text == "" {
		r.undocumented = append(r.undocumented, name)
	}
	return text
}

// alone are the settings that only one side has.
func (r *reference) alone() {
	r.b.WriteString("\n## In Go alone\n\n| Go | What it does |\n|---|---|\n")
	for f := range reflect.TypeFor[Config]().Fields() {
		if f.IsExported() && f.Tag.Get("setting") == "-" {
			r.cells([]string{"`" + f.Name + "`", r.comment("Config." + f.Name)})
		}
	}
	r.b.WriteString("\n## In Python alone\n\n| Setting | Type | Default |\n|---|---|---|\n")
	for _, name := range pythonOnly {
		r.cells([]string{"`" + name + "`", "`" + r.python[name].Type + "`", "`" + string(r.python[name].Default) + "`"})
	}
	r.b.WriteString("\nOther values of these than their defaults refuse the start.\n")
}

func typeOf(s *setting) string {
	name := map[reflect.Kind]string{
		reflect.Bool: "true or false", reflect.Int: "integer", reflect.Int64: "integer", reflect.Float64: "number",
		reflect.String: "text", reflect.Slice: "list of texts",
	}[s.base().Kind()]
	switch s.base() {
	case reflect.TypeFor[time.Duration]():
		name = "seconds"
	case reflect.TypeFor[Secret]():
		name = "secret"
	case reflect.TypeFor[[]Secret]():
		name = "list of secrets"
	case reflect.TypeFor[SecretURL]():
		name = "URL"
	}
	for _, check := range s.checks {
		switch kind, limit, _ := strings.Cut(check, "="); kind {
		case "min":
			name += ", at least " + limit
		case "above":
			name += ", above " + limit
		case "max":
			name += ", at most " + limit
		case "oneof":
			name += ": " + strings.Join(quoted(strings.Split(limit, "|")), ", ")
		}
	}
	switch {
	case s.null == "none":
		name += ", or `none`"
	case s.null != "":
		name += ", or `" + s.null + "` for none"
	}
	return name
}

func defaultOf(s *setting) string {
	switch {
	case slices.Contains(s.checks, "required"):
		return "required"
	case s.fallback == "" && s.base().Kind() == reflect.Bool:
		return "`false`"
	case s.fallback == "":
		return ""
	case s.isDuration():
		d, _ := s.parseDuration(s.fallback)
		return "`" + strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "`"
	}
	return "`" + s.fallback + "`"
}

func quoted(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = "`" + name + "`"
	}
	return out
}

const referenceHead = `# Configuration

<!-- Written by: go test ./spikard -run TestReference -update -->

A server is configured by a ` + "`spikard.Config`" + ` in Go, by the environment, and by the
` + "`ServerConfig`" + ` of its Python app. They have the same settings, one row each below.
Each source wins over those behind it, setting by setting:

1. a field of ` + "`Config`" + ` that is set in Go,
2. the environment variable, if it isn't empty,
3. what the app gives ` + "`ServerConfig`" + `,
4. the default.

What is unset never overrides anything. A section, as ` + "`rate_limit`" + `, that Go sets is
Go's alone. Otherwise the environment's variables are laid, field by field, over
Python's section, or over its defaults where only they name it. The address to
listen on (` + "`host`, `port` or `unix_socket`" + `) and the two TLS files are settled together:
no source gets half of what another one means.

All faults of all sources refuse the start at once. Each is named as whoever set it
calls it: ` + "`MaxBodySize`, `SPIKARD_MAX_BODY_SIZE` or `app:app ServerConfig.max_body_size`" + `.

## Values

- **Seconds** are a number in Python and in the environment, which takes Go's
  durations (` + "`2500ms`" + `) as well, and a ` + "`time.Duration`" + ` in Go.
- **Lists** are separated by commas in the environment.
- **True or false** are ` + "`true`, `1`, `yes`, `on` and `false`, `0`, `no`, `off`" + ` in the environment.
- **None** in Python is unset, but for what it is said to mean below.
- **Pointers** in Go are there because a zero is a value: ` + "`Quality: new(0)`" + `.
- **Secrets** may come from files: ` + "`SPIKARD_JWT_AUTH_SECRET_FILE`" + ` names one. The newline at
  its end is cut off; several secrets are one to a line. No secret is shown when a
  configuration is printed or logged, nor in a fault, and of a URL neither user nor
  query is.

` + "`fmt.Println(config)`" + ` shows every effective setting and where it is from; a server logs
them at its start on the level debug.

## Environment variables

A variable that begins with ` + "`SPIKARD_`" + ` and is no setting refuses the start, since it may
be one that was misspelt. `

const referenceReserved = `Left alone are:

- those of the engine and of this project's own tests, where an underscore at the end
  stands for all names that begin so: %s
- those by which Kubernetes describes a Service that is called spikard, as
  ` + "`SPIKARD_SERVICE_HOST` and `SPIKARD_PORT=tcp://...`" + `

Variables that have no effect, because Go code sets the same, are logged as a warning.

`
