package bind

import (
	"maps"
	"slices"
	"strings"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// strays are the names of members that a closed class has no field for.
type strays map[string]struct{}

// pass reads a member that no field stands for.
func (n *classNode) pass(s *state, name string, extra strays) strays {
	if n.closed {
		if extra == nil {
			extra = make(strays)
		}
		extra[strings.Clone(name)] = struct{}{}
	}
	s.scan.Skip()
	return extra
}

// unexpected reports the strays of the object that began at from.
func (s *state) unexpected(extra strays, from int) {
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		s.push(step{name: name})
		s.reportJSON(strayFault(name), from)
		s.pop()
	}
}

func strayFault(name string) *fault {
	ctx := jsonwire.AppendQuote([]byte(`{"additional_properties":false,"unexpected_field":`), name)
	return &fault{
		kind: "validation_error", msg: "Additional properties are not allowed",
		ctx: append(ctx, '}'), rank: rankParse,
	}
}
