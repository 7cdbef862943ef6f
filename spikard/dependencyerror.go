package spikard

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/spikard/api"
)

// dependencyError is what a route with faulty dependencies answers: a problem
// whose errors name the dependencies. Where the fault lies in the source is
// for the log alone.
type dependencyError struct {
	Type   string            `json:"type"`
	Title  string            `json:"title"`
	Status int               `json:"status"`
	Detail string            `json:"detail"`
	Errors []dependencyFault `json:"errors"`
}

// dependencyFault is one entry of the list.
type dependencyFault struct {
	Type  string   `json:"type"`
	Msg   string   `json:"msg"`
	Key   string   `json:"dependency_key,omitempty"`
	Cycle []string `json:"cycle,omitempty"`
}

// The details of the faults that clients can tell apart, and that of the rest.
var dependencyDetails = map[string]string{
	"missing_dependency":  "Required dependency not found",
	"circular_dependency": "Circular dependency detected",
}

const otherDependencyDetail = "Dependency resolution failed"

// refusal is the endpoint of a route whose dependencies are faulty.
func (w *wall) refusal(faults []di.Fault) endpoint {
	p := dependencyError{
		Type: api.ProblemBase + "dependency-error", Title: "Dependency Resolution Failed",
		Status: http.StatusInternalServerError,
	}
	for _, fault := range faults {
		p.Errors = append(p.Errors, dependencyFaultOf(fault))
	}
	p.Detail = dependencyDetail(p.Errors)
	body, err := json.Marshal(p)
	if err != nil {
		panic("spikard: a dependency error is not JSON: " + err.Error()) // texts and numbers alone
	}
	return func(x *exchange) {
		contentType := jsonType
		if acceptsProblem(x.c.Request.Header["Accept"]) {
			contentType = problemType
		}
		if err := x.Respond(p.Status, contentType, body); err != nil {
			w.unsent(x, "", err)
		}
	}
}

// dependencyDetail is that of the faults' kind, where they are all of one.
func dependencyDetail(faults []dependencyFault) string {
	detail, known := dependencyDetails[faults[0].Type]
	mixed := slices.ContainsFunc(faults, func(f dependencyFault) bool { return f.Type != faults[0].Type })
	if !known || mixed {
		return otherDependencyDetail
	}
	return detail
}

func dependencyFaultOf(fault di.Fault) dependencyFault {
	switch f := fault.(type) {
	case *di.MissingError:
		key := plainKey(f.Key)
		return dependencyFault{Type: "missing_dependency", Msg: fmt.Sprintf("Dependency '%s' is not registered", key), Key: key}
	case *di.CycleError:
		return dependencyFault{
			Type: "circular_dependency", Msg: "Circular dependency detected in dependency graph", Cycle: cycleKeys(f),
		}
	case *di.DuplicateError:
		key := plainKey(f.Key)
		return dependencyFault{
			Type: "duplicate_dependency", Msg: fmt.Sprintf("Dependency '%s' is registered more than once", key), Key: key,
		}
	case *di.LifetimeError:
		key, needed := plainKey(f.Provider.Key), plainKey(f.Needed.Key)
		return dependencyFault{
			Type: "lifetime_mismatch", Msg: fmt.Sprintf("Dependency '%s' outlives '%s', which it needs", key, needed), Key: key,
		}
	case *di.InvalidError:
		key := plainKey(f.Provider.Key)
		return dependencyFault{
			Type: "invalid_dependency", Msg: fmt.Sprintf("Dependency '%s' can't be provided", key), Key: key,
		}
	}
	return dependencyFault{Type: "dependency_error", Msg: otherDependencyDetail}
}

// cycleKeys walks the circle once, from where somebody enters it and back.
func cycleKeys(e *di.CycleError) []string {
	first := 0
	for _, root := range e.Roots {
		at := slices.IndexFunc(e.Path, func(l di.Link) bool { return l.Provider.Key == root.Key })
		if at >= 0 {
			first = at
			break
		}
	}
	keys := make([]string, 0, len(e.Path)+1)
	for i := range len(e.Path) + 1 {
		keys = append(keys, plainKey(e.Path[(first+i)%len(e.Path)].Provider.Key))
	}
	return keys
}

// plainKey is a key as clients see it: a type's name, or the name.
func plainKey(k di.Key) string {
	if k.IsType() {
		return k.Label()
	}
	return string(k)
}
