package abuse

import (
	"encoding/json"
	"flag"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	full     = flag.Bool("full", false, "larger inputs, and the median of five tries in the figures")
	duration = flag.Duration("duration", time.Second, "how long the crowd goes on")
)

// hostile is an input and the refusal it has to get.
type hostile struct {
	name string
	m    message
	// status is what must come, or one of them where HTTP leaves a choice.
	status []int
	// kind is the end of the problem's type; empty: net/http answers, or any.
	kind string
	// says is in the body.
	says string
}

// maxRefusal is how large an answer may be that a small request gets: faults
// repeat the values they are about.
const maxRefusal = 2 << 20

// is makes the list of a refusal's statuses.
func is(status ...int) []int { return status }

func (h hostile) check(t *testing.T, got *reply, err error) {
	t.Helper()
	switch {
	case err != nil:
		t.Fatal(err)
	case !slices.Contains(h.status, got.status):
		t.Fatalf("status %d, want %v: %s", got.status, h.status, got.excerpt())
	case len(got.body) == 0 && got.status != 417: // net/http's own
		t.Errorf("status %d without a word", got.status)
	case len(got.body) > maxRefusal+4*len(h.m.text):
		t.Errorf("the refusal has %d bytes, the request %d", len(got.body), len(h.m.text))
	case !strings.Contains(string(got.body), h.says):
		t.Errorf("the answer does not say %q: %s", h.says, got.excerpt())
	}
	if h.kind == "" {
		return
	}
	var problem struct {
		Type   string `json:"type"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}
	if err := json.Unmarshal(got.body, &problem); err != nil {
		t.Fatalf("no problem document (%v): %s", err, got.excerpt())
	}
	if !strings.HasSuffix(problem.Type, "/"+h.kind) || problem.Status != got.status || problem.Detail == "" {
		t.Errorf("want a problem of the type %s: %s", h.kind, got.excerpt())
	}
}

// scaled is n in the short form, and ten times as much in the long one.
func scaled(n int) int {
	if *full {
		return 10 * n
	}
	return n
}

// TestAbuse shares one server: what one input breaks, the next ones show.
func TestAbuse(t *testing.T) {
	address, temporary := start(t)
	for _, class := range []struct {
		name   string
		inputs []hostile
	}{
		{"json", hostileJSON()},
		{"number", append(hostileNumbers(), extremeNumbers()...)},
		{"schema", hostileSchemas()},
		{"text", hostileText()},
		{"form", hostileForms()},
		{"multipart", hostileMultipart()},
		{"media type", hostileMediaTypes()},
		{"framing", hostileFraming()},
		{"size", hostileSizes()},
		{"header", hostileHeaders()},
	} {
		t.Run(class.name, func(t *testing.T) {
			for _, h := range class.inputs {
				t.Run(h.name, func(t *testing.T) {
					got, err := measured(t, address, h.m)
					h.check(t, got, err)
					wellAfter(t, address)
				})
			}
		})
	}
	t.Run("accepted", func(t *testing.T) { acceptsLikeJSONLoads(t, address) })
	t.Run("oddities", func(t *testing.T) { acceptsOddities(t, address) })
	t.Run("negotiated", func(t *testing.T) { negotiates(t, address) })
	t.Run("abandoned", func(t *testing.T) { abandons(t, address) })
	t.Run("crowd", func(t *testing.T) { crowd(t, address) })
	nothingLeft(t, temporary)
}
