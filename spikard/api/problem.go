package api

import (
	"encoding/json"
	"net/http"
)

// ProblemBase is the URI below which this project's problem types lie.
const ProblemBase = "https://spikard.dev/errors/"

// Problem is an error as a client sees it: an RFC 9457 problem document.
// It is an error, so that code deep in the pipeline can return it and the one
// function at the edge can write it.
//
// The members are written in the order of the fields. Detail is for people and
// must never hold text from Python or from a Go error that the client did not
// cause.
type Problem struct {
	Type   string       `json:"type"`
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Detail string       `json:"detail,omitempty"`
	Errors []FieldError `json:"errors,omitempty"`

	// Header is sent with the document. It is not part of the body.
	Header http.Header `json:"-"`
	// Body replaces the document where a fixed body is promised (malformed
	// JSON: {"detail":"Invalid request format"}).
	Body []byte `json:"-"`
}

// FieldError is one entry of a 422's list, in pydantic's shape.
type FieldError struct {
	// Type is the error's kind, as "missing" or "int_parsing".
	Type string `json:"type"`
	// Loc leads to the value: its part of the request ("body", "query",
	// "path", "headers", "cookie" or "files"), then names and indexes.
	Loc []string `json:"loc"`
	Msg string   `json:"msg"`
	// Input is the refused value as JSON: the raw text for a parameter. It is
	// left out for the content of a file.
	Input json.RawMessage `json:"input,omitempty"`
	Ctx   json.RawMessage `json:"ctx,omitempty"`
}

// NewProblem makes a problem whose type is the slug below [ProblemBase] and
// whose title is the status' standard text.
func NewProblem(status int, slug, detail string) *Problem {
	return &Problem{
		Type:   ProblemBase + slug,
		Title:  http.StatusText(status),
		Status: status,
		Detail: detail,
	}
}

// Error gives the detail, or the title where there is none.
func (p *Problem) Error() string {
	if p.Detail != "" {
		return p.Detail
	}
	return p.Title
}
