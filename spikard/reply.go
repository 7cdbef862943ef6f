package spikard

import "net/http"

// Reply is an answer of a Go handler with its own status and header. Body is
// sent as JSON; a []byte as it is, as application/octet-stream unless Header
// says otherwise; nil not at all.
type Reply struct {
	Status int // 0 is 200
	Header http.Header
	Body   any
}

// Status is a [Reply] with a status and a body:
//
//	return spikard.Status(http.StatusCreated, order), nil
func Status(code int, body any) Reply { return Reply{Status: code, Body: body} }
