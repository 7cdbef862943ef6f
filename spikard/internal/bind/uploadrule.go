package bind

import (
	"encoding/hex"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/form"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// fileRule is what the files of one name must be like. It holds whether or not
// a parameter takes them.
type fileRule struct {
	name string
	pybridge.FileRule
}

// fileRules compiles the rules of a route, in the order of their names.
func (c *compiler) fileRules(rules map[string]pybridge.FileRule) []fileRule {
	var out []fileRule
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		r := fileRule{name, rules[name]}
		r.ContentTypes = slices.Clone(r.ContentTypes)
		for i, t := range r.ContentTypes {
			r.ContentTypes[i] = strings.ToLower(t)
			if !strings.Contains(t, "/") {
				c.fault("file %s: %q is not a content type, as image/png", name, t)
			}
		}
		if r.MaxSize < 0 {
			c.fault("file %s: a size of %d bytes means nothing", name, r.MaxSize)
		}
		out = append(out, r)
	}
	return out
}

// check reports what is wrong with the files of a form.
func (r *fileRule) check(s *state) {
	s.path = append(s.path[:0], step{name: locFiles}, step{name: r.name})
	node := s.tree.Member(r.name)
	switch {
	case node != nil:
		r.each(s, node)
	case r.Required:
		s.reportMissing()
	}
}

// each checks the files under a name, the numbered ones too.
func (r *fileRule) each(s *state, n *form.Node) {
	for _, at := range n.Fields {
		f := &s.form.Fields[at]
		if f.File == nil {
			s.reportText(&uploadType, f.Value)
			continue
		}
		fault, err := r.fault(f.File)
		if err != nil && s.refusal == nil {
			s.refusal = api.NewProblem(http.StatusInternalServerError, "internal-error", "The file could not be read")
		}
		if fault != nil && s.add() {
			s.record(fault, s.loc(), nil)
		}
	}
	for _, m := range n.Members {
		r.each(s, m.Node)
	}
}

// fault is the first rule that a file breaks.
func (r *fileRule) fault(f *form.File) (*fault, error) {
	declared := mediaName(f.ContentType)
	switch {
	case len(r.ContentTypes) > 0 && !slices.ContainsFunc(r.ContentTypes, func(t string) bool { return fitsType(declared, t) }):
		return r.wrongType(declared), nil
	case r.MaxSize > 0 && f.Size > r.MaxSize:
		return r.tooLarge(f.Size), nil
	case r.MagicNumbers && f.Size == 0:
		return &emptyFile, nil
	case r.MagicNumbers:
		return r.mismatch(f, declared)
	}
	return nil, nil
}

func (r *fileRule) wrongType(declared string) *fault {
	return &fault{
		kind: "validation_error", rank: rankCheck,
		msg: "Invalid content type '" + declared + "'. Allowed types: " + strings.Join(r.ContentTypes, ", "),
	}
}

func (r *fileRule) tooLarge(size int64) *fault {
	limit := strconv.FormatInt(r.MaxSize, 10)
	return &fault{
		kind: "validation_error", rank: rankCheck,
		msg: "File should have at most " + counted(limit, "byte"),
		ctx: []byte(`{"max_size":` + limit + `,"size":` + strconv.FormatInt(size, 10) + `}`),
	}
}

// maxMagic is how many bytes of a file an error shows.
const maxMagic = 8

func (r *fileRule) mismatch(f *form.File, declared string) (*fault, error) {
	detected, head, err := f.Mismatch(declared)
	if err != nil || detected == "" {
		return nil, err
	}
	name := mediaName(detected)
	ctx := jsonwire.AppendQuote([]byte(`{"declared_mime":`), declared)
	ctx = jsonwire.AppendQuote(append(ctx, `,"detected_type":`...), name)
	ctx = jsonwire.AppendQuote(append(ctx, `,"magic_bytes":`...), hex.EncodeToString(head[:min(maxMagic, len(head))]))
	return &fault{
		kind: "validation_error", rank: rankCheck,
		msg: "File type mismatch: MIME type is " + declared + " but magic numbers indicate " + name,
		ctx: append(ctx, '}'),
	}, nil
}

// mediaName is a content type without its parameters.
func mediaName(text string) string {
	name, _, err := mime.ParseMediaType(text)
	if err != nil {
		return ""
	}
	return name
}

// fitsType tells whether a type is one allowed, or in a range as "image/*".
func fitsType(declared, allowed string) bool {
	if kind, isRange := strings.CutSuffix(allowed, "*"); isRange {
		return kind == "*/" || strings.HasPrefix(declared, kind)
	}
	return declared == allowed
}
