package pybridgetest

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/spikard/spikard-go/pybridge"
)

// leftError is a failure that nobody has answered, with the header that hooks have
// given its answer.
type leftError struct {
	error
	header []pybridge.HeaderLine
}

func (e *leftError) Unwrap() error { return e.error }

func (e *leftError) with(header []pybridge.HeaderLine) error {
	return &leftError{error: e.error, header: header}
}

// rescued is the answer to a failure: a hook's, that of a handler of errors, or one
// that is left to Go, which the on_response hooks see.
func (r *run) rescued(err error) (*Response, error) {
	for _, s := range r.p.OnError {
		value, hookErr := r.call(s, err)
		if hookErr != nil {
			err = hookErr
			break
		}
		if response, ok := value.(*Response); ok {
			r.failed = err
			return response, nil
		}
	}
	response, err := r.byHandler(err)
	if response != nil {
		r.failed = err
		return response, nil
	}
	if len(r.p.OnResponse) == 0 {
		return nil, err
	}
	left := &leftError{error: err}
	var problem *HTTPException
	status := 500
	if errors.As(err, &problem) {
		status, left.header = problem.Status, problem.Header
	}
	return &Response{Status: status, Header: left.header, failure: left}, nil
}

// byHandler asks the handler that is registered for the error's name, or its
// status. It gives the failure that it leaves.
func (r *run) byHandler(err error) (*Response, error) {
	var problem *HTTPException
	name := raised(err).Type
	if errors.As(err, &problem) {
		name = "HTTPException"
	}
	for i, s := range r.p.ErrorHandlers {
		known := r.p.app.Manifest().ErrorHandlers[i].Name
		if known != name && (problem == nil || known != strconv.Itoa(problem.Status)) {
			continue
		}
		value, handlerErr := r.call(s, err)
		if handlerErr != nil {
			return nil, handlerErr
		}
		response, handlerErr := r.response(value)
		if handlerErr != nil {
			return nil, handlerErr
		}
		return response, err
	}
	return nil, err
}

// refused is the answer of a refusal.
func (r *run) refused(refusal []any) (*Response, error) {
	status := int(refusal[1].(int64))
	if refusal[5] == true {
		var document struct{ Detail string }
		_ = json.Unmarshal(refusal[4].([]byte), &document)
		response, err := r.byHandler(&HTTPException{Status: status, Detail: document.Detail})
		var problem *HTTPException
		if response != nil || !errors.As(err, &problem) {
			return response, err
		}
	}
	return &Response{
		Status: status, ContentType: refusal[2].(string), Body: refusal[4].([]byte), refusal: true,
	}, nil
}
