package bind

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// Limits bound what a request may hold; one with more is answered with 400. A
// zero field stands for its default.
type Limits struct {
	// ObjectKeys are the members of one object of a JSON body: 100,000.
	ObjectKeys int
	// QueryParams are the parameters of a query, and the cookies: 1,000.
	QueryParams int
}

const defaultQueryParams = 1000

// SetLimits sets limits other than the defaults. It is to be called before the
// first Bind.
func (b *Binder) SetLimits(l Limits) { b.limits = l }

// SetLimits is [Binder.SetLimits].
func (b *StructBinder) SetLimits(l Limits) { b.binder.SetLimits(l) }

// unlimited is for JSON that doesn't come from a client.
var unlimited = jsonwire.Limits{Members: math.MaxInt}

func (l Limits) json() jsonwire.Limits { return jsonwire.Limits{Members: l.ObjectKeys} }

func (l Limits) pairs() int {
	if l.QueryParams > 0 {
		return l.QueryParams
	}
	return defaultQueryParams
}

// queryProblem refuses a query with too many parameters, as Python's parse_qsl
// counts them: empty ones are among them.
func (l Limits) queryProblem(raw string) *api.Problem {
	if exceeds(raw, "&", l.pairs()) {
		return limitExceeded("the query has more than " + strconv.Itoa(l.pairs()) + " parameters (MaxQueryParams)")
	}
	return nil
}

func (l Limits) cookieProblem(lines []string) *api.Problem {
	left := l.pairs()
	for _, line := range lines {
		if exceeds(line, ";", left) {
			return limitExceeded("the request has more than " + strconv.Itoa(l.pairs()) + " cookies (MaxQueryParams)")
		}
		left -= strings.Count(line, ";") + 1
	}
	return nil
}

// exceeds tells whether a list has more than limit items, without a look at
// one that is too short for them.
func exceeds(list, separator string, limit int) bool {
	return len(list) >= limit && list != "" && strings.Count(list, separator) >= limit
}

// unreadable is the answer to a request that could not be read to its end: an
// error of the scanner, or else of a path.
func unreadable(err error) *api.Problem {
	var limit *jsonwire.LimitError
	if errors.As(err, &limit) {
		return limitExceeded("the body has " + limit.What)
	}
	return malformed()
}

func limitExceeded(detail string) *api.Problem {
	return api.NewProblem(http.StatusBadRequest, "limit-exceeded", detail)
}
