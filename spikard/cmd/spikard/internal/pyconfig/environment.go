package pyconfig

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// variable is one of the environment.
type variable struct{ name, value string }

// macro is what earlier runs have put into CGO_CPPFLAGS.
var macro = regexp.MustCompile(` *-DSPIKARD_PYTHON_ABI_[0-9a-f]+`)

// environment is what the go command needs to see the files in dir. What is set
// already is kept, but for what an earlier run has put there.
func environment(dir, key, packagePath, cppflags string) []variable {
	folders := []string{dir}
	for folder := range strings.SplitSeq(packagePath, ":") {
		if folder != "" && !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	flags := strings.TrimSpace(macro.ReplaceAllString(cppflags, "") + " -DSPIKARD_PYTHON_ABI_" + key)
	return []variable{{"PKG_CONFIG_PATH", strings.Join(folders, ":")}, {"CGO_CPPFLAGS", flags}}
}

// printExports writes the lines for a shell's eval.
func printExports(w io.Writer, vars []variable) {
	for _, v := range vars {
		fmt.Fprintf(w, "export %s=%s\n", v.name, quote(v.value))
	}
}

// quote makes one word of a shell of any text.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// merged is an environment with some variables set anew.
func merged(environ []string, vars []variable) []string {
	out := slices.DeleteFunc(slices.Clone(environ), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.ContainsFunc(vars, func(v variable) bool { return v.name == name })
	})
	for _, v := range vars {
		out = append(out, v.name+"="+v.value)
	}
	return out
}
