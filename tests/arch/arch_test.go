package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// listed is what the go command tells of a package.
type listed struct {
	ImportPath                         string
	Dir, Doc                           string
	Standard                           bool
	Imports, TestImports, XTestImports []string
}

// name is the path inside the module; "" for the packages of others.
func (p *listed) name() string { return inside(p.ImportPath) }

func inside(importPath string) string {
	name, ours := strings.CutPrefix(importPath, module+"/")
	if !ours {
		return ""
	}
	return name
}

// list gives the module's packages, as they are with cgo or without, and with tags.
func list(t *testing.T, cgo, tags string) []*listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags="+tags,
		"-json=ImportPath,Dir,Doc,Standard,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var ours []*listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(listed)
		if err := dec.Decode(p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.name() != "" {
			ours = append(ours, p)
		}
	}
	if len(ours) < len(packages) {
		t.Fatalf("go list names %d packages of this module, the rules %d", len(ours), len(packages))
	}
	return ours
}

func within(name string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool {
		return name == f || strings.HasPrefix(name, f+"/")
	})
}

func TestPackages(t *testing.T) {
	t.Parallel()
	for _, build := range []struct{ cgo, tags string }{{"0", ""}, {"1", ""}, {"1", "gopython3"}} {
		t.Run("CGO_ENABLED="+build.cgo+" "+build.tags, func(t *testing.T) {
			t.Parallel()
			for _, p := range list(t, build.cgo, build.tags) {
				checkPlace(t, p)
				checkImports(t, p)
				checkTests(t, p)
				checkDoc(t, p)
			}
		})
	}
}

func checkPlace(t *testing.T, p *listed) {
	t.Helper()
	if !within(p.name(), folders) {
		t.Errorf("%s: code belongs into one of %s", p.name(), strings.Join(folders, ", "))
	}
}

func checkImports(t *testing.T, p *listed) {
	t.Helper()
	name := p.name()
	if within(name, programs) {
		for _, imported := range p.Imports {
			if other := inside(imported); strings.Contains(other+"/", "/internal/") && !within(other, []string{name, "tests/internal"}) {
				t.Errorf("%s imports %s, which is not public", name, other)
			}
		}
		return
	}
	allowed, known := packages[name]
	if !known {
		t.Errorf("%s has no row in rules_test.go: say what it may import", name)
		return
	}
	for _, imported := range p.Imports {
		other := inside(imported)
		switch {
		case other != "" && !slices.Contains(allowed.ours, other):
			t.Errorf("%s must not import %s", name, other)
		case other == "" && isForeign(imported) && !within(imported, allowed.others):
			t.Errorf("%s must not import %s", name, imported)
		}
	}
}

// isForeign tells the packages of others: the standard library's have no dot
// in their first element.
func isForeign(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return strings.Contains(first, ".")
}

// checkTests keeps the engines out of the tests of what lies above them.
func checkTests(t *testing.T, p *listed) {
	t.Helper()
	if within(p.name(), programs) || within(p.name(), engines) {
		return
	}
	for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
		if within(inside(imported), engines) {
			t.Errorf("the tests of %s must not import %s: they have to pass without cgo", p.name(), inside(imported))
		}
	}
}

func checkDoc(t *testing.T, p *listed) {
	t.Helper()
	if p.Doc == "" {
		t.Errorf("%s has no package comment", p.name())
	}
	if within(p.name(), programs) {
		return
	}
	if _, err := os.Stat(filepath.Join(p.Dir, "doc.go")); err != nil {
		t.Errorf("%s has no doc.go", p.name())
	}
}

func TestRulesAreOfPackages(t *testing.T) {
	t.Parallel()
	for name := range packages {
		if _, err := os.Stat(filepath.Join(root, name, "doc.go")); err != nil {
			t.Errorf("rules_test.go has a row for %s, which is no package", name)
		}
	}
}

// walk visits the module's files by their slash-separated paths.
func walk(t *testing.T, visit func(name string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		switch base := entry.Name(); {
		case !entry.IsDir():
			if entry.Type().IsRegular() {
				visit(name)
			}
		// Not the repository's: version control, caches, environments, builds.
		case name == "bin", base == "__pycache__", strings.HasSuffix(base, ".egg-info"),
			strings.HasPrefix(base, ".") && name != "." && name != ".ci":
			return filepath.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	var seen int
	walk(t, func(name string) {
		if path.Ext(name) != ".go" {
			return
		}
		seen++
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ImportsOnly)
		if err != nil {
			t.Error(err)
			return
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			checkFile(t, name, imported)
		}
	})
	if seen == 0 {
		t.Error("no Go file was found")
	}
}

func checkFile(t *testing.T, name, imported string) {
	t.Helper()
	for _, rule := range files {
		free := rule.tests && (strings.HasSuffix(name, "_test.go") || within(name, programs))
		if free || !within(imported, []string{rule.imported}) {
			continue
		}
		if !slices.ContainsFunc(rule.in, func(pattern string) bool { return matches(pattern, name) }) {
			t.Errorf("%s imports %s, which only %s may", name, imported, strings.Join(rule.in, ", "))
		}
	}
}

func matches(pattern, name string) bool {
	whole, _ := path.Match(pattern, name)
	base, _ := path.Match(pattern, path.Base(name))
	return whole || base
}

func TestNothingPrivate(t *testing.T) {
	t.Parallel()
	walk(t, func(name string) {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
			return
		}
		if bytes.IndexByte(text, 0) >= 0 {
			return // binary
		}
		for _, pattern := range private {
			if at := pattern.FindIndex(text); at != nil {
				line := 1 + bytes.Count(text[:at[0]], []byte("\n"))
				t.Errorf("%s:%d mentions %q, which holds on one machine only", name, line, text[at[0]:at[1]])
			}
		}
	})
}
