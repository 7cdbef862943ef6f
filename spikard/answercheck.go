package spikard

import (
	"fmt"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/internal/bind"
)

// answerCheck makes the check of a route's answers, or none.
func (r *running) answerCheck(app *pythonApp, spec programSpec) (*bind.Answer, error) {
	if !spec.checked && !r.config.ValidateResponses {
		return nil, nil
	}
	return bind.CompileAnswer(app.manifest, &app.manifest.Callables[spec.handler.callable], spec.answer)
}

// answers tells whether what a handler gave fits what its route promises. Only
// a successful answer in JSON can be held to that.
func (e *pythonEndpoint) answers(r *pybridge.Result) error {
	if e.check == nil || r.Outcome != pybridge.Answered || r.Status >= 300 || len(r.Body) == 0 {
		return nil
	}
	if !isJSON(r.ContentType) {
		return nil
	}
	if err := e.check.Check(r.Body); err != nil {
		return fmt.Errorf("the answer is not what the route promises: %w", err)
	}
	return nil
}
