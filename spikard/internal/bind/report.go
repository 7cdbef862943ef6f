package bind

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// A request can be made so that its answer would be many times its size: each
// item of a list is an entry, and a large object is the input of each field it
// lacks. Past these limits faults are counted but not described, and inputs
// are null.
const (
	maxErrors     = 1000
	maxInputBytes = 1 << 20
	// maxForgotten is how often members with faults may come again until what
	// was said of them is left to stand: to find it takes a look at all entries.
	maxForgotten = 1000
)

// report collects the faults of one binding.
type report struct {
	entries []entry
	// fails counts all faults, those of trials and those past the limit too.
	fails int
	// trial is above 0 while a union tries its members: nothing is described.
	trial int
	bytes int
	// forgotten counts the members with faults that came again.
	forgotten int
	// places has entries keep their place in the form "$.items[3]".
	places bool
	// full says that an input had no room.
	full bool
}

type entry struct {
	api.FieldError
	rank  rank
	place string
}

// reset drops the entries; their memory went into the problem.
func (r *report) reset() { *r = report{} }

// add counts a fault and tells whether to describe it.
func (r *report) add() bool {
	r.fails++
	return r.trial == 0 && len(r.entries) < maxErrors && r.forgotten <= maxForgotten
}

func (s *state) record(f *fault, loc []string, input []byte) {
	if input != nil {
		input = s.describeFiles(input)
	}
	if s.bytes += len(input); s.bytes > maxInputBytes {
		s.bytes -= len(input)
		input, s.full = []byte("null"), true
	}
	e := entry{
		FieldError: api.FieldError{Type: f.kind, Loc: loc, Msg: f.msg, Input: input, Ctx: f.ctx},
		rank:       f.rank,
	}
	if s.places {
		e.place = s.place()
	}
	s.entries = append(s.entries, e)
}

// loc is the current path in the form of a client's error.
func (s *state) loc() []string {
	out := make([]string, len(s.path))
	for i, st := range s.path {
		out[i] = s.stepName(st)
	}
	return out
}

func (s *state) stepName(st step) string {
	switch st.kind {
	case byIndex:
		return strconv.Itoa(st.index)
	case byMember:
		return jsonwire.Unquote(s.scan.Tail(st.index))
	case byKey:
		return "[key]"
	default:
		return st.name
	}
}

// place is the current path in the form "$.items[3].price".
func (s *state) place() string {
	var b strings.Builder
	b.WriteByte('$')
	for _, st := range s.path {
		switch st.kind {
		case byIndex:
			b.WriteString("[" + strconv.Itoa(st.index) + "]")
		case byMember:
			b.WriteString("[" + strconv.Quote(s.stepName(st)) + "]")
		case byName:
			b.WriteString("." + st.name)
		}
	}
	return b.String()
}

// arrange orders the entries from start on, which belong to the object at the
// current path: what it lacks first, then by its members' names.
func (s *state) arrange(start int) {
	if len(s.entries)-start < 2 {
		return
	}
	depth := len(s.path)
	slices.SortStableFunc(s.entries[start:], func(a, b entry) int {
		lackA, lackB := lacks(a, depth), lacks(b, depth)
		switch {
		case lackA && lackB:
			return 0
		case lackA:
			return -1
		case lackB:
			return 1
		}
		return strings.Compare(at(a, depth), at(b, depth))
	})
}

func lacks(e entry, depth int) bool {
	return e.rank == rankMissing && len(e.Loc) == depth+1
}

func at(e entry, depth int) string {
	if depth < len(e.Loc) {
		return e.Loc[depth]
	}
	return ""
}

// forget drops what was said of a member of the object at the current path:
// the member came again, and the last one counts.
func (s *state) forget(start int, member string, fails int) {
	s.fails -= fails
	if s.forgotten++; s.forgotten > maxForgotten {
		return
	}
	depth := len(s.path)
	kept := slices.DeleteFunc(s.entries[start:], func(e entry) bool { return at(e, depth) == member })
	s.entries = s.entries[:start+len(kept)]
}

// problem is the answer to a request with faults.
func (s *state) problem() *api.Problem {
	slices.SortStableFunc(s.entries, compareEntries)
	faults := make([]api.FieldError, len(s.entries))
	for i := range s.entries {
		faults[i] = s.entries[i].FieldError
	}
	return unprocessable(faults, s.fails)
}

// compareEntries has the parameters before the body, which is in order
// already; those that are missing in the order of the signature, the others by
// name.
func compareEntries(a, b entry) int {
	ra, rb := requestRank(a), requestRank(b)
	if ra != rb || ra == rankMissing || ra == rankBody {
		return int(ra) - int(rb)
	}
	return strings.Compare(a.Loc[1], b.Loc[1])
}

func requestRank(e entry) rank {
	if e.Loc[0] == locBody {
		return rankBody
	}
	return e.rank
}

// malformed is the answer to a body that is no JSON, and to escapes in a path
// that mean nothing.
func malformed() *api.Problem {
	p := api.NewProblem(400, "bad-request", "Invalid request format")
	p.Body = []byte(`{"detail":"Invalid request format"}`)
	return p
}
