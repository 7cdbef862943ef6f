package form

import (
	"strings"

	"github.com/spikard/spikard-go/spikard/api"
)

// maxBrackets is how many brackets a name may have.
const maxBrackets = 32

// split appends the steps of a name to out: "a[b][]" is a, b and an empty one,
// which may be the last only.
func split(name string, out []string) ([]string, *api.Problem) {
	open := strings.IndexByte(name, '[')
	if open <= 0 {
		return append(out, name), nil
	}
	out = append(out, name[:open])
	for rest := name[open:]; rest != ""; {
		end := strings.IndexByte(rest, ']')
		if rest[0] != '[' || end < 0 || strings.IndexByte(rest[1:end], '[') >= 0 {
			return append(out[:0], name), nil
		}
		if len(out) > maxBrackets {
			return nil, badForm("The form's field %s has more than %d brackets", shown(name), maxBrackets)
		}
		step := rest[1:end]
		rest = rest[end+1:]
		if step == "" && rest != "" {
			return nil, badForm("The form's field %s has more behind []: give the items numbers, as in [0]", shown(name))
		}
		out = append(out, step)
	}
	return out, nil
}
