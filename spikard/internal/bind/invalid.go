package bind

import (
	"net/http"
	"strconv"

	"github.com/spikard/spikard-go/spikard/api"
)

// Invalid is the answer to a request whose values were refused elsewhere: by
// what makes Python objects of them.
func Invalid(faults []api.FieldError) *api.Problem {
	return unprocessable(faults, len(faults))
}

// unprocessable describes some of count faults.
func unprocessable(faults []api.FieldError, count int) *api.Problem {
	detail := strconv.Itoa(count) + " validation errors in request"
	if count == 1 {
		detail = "1 validation error in request"
	}
	return &api.Problem{
		Type:   api.ProblemBase + "validation-error",
		Title:  "Request Validation Failed",
		Status: http.StatusUnprocessableEntity,
		Detail: detail,
		Errors: faults,
	}
}
