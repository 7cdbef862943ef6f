package form

import (
	"net/http"
	"strings"

	"github.com/spikard/spikard-go/spikard/api"
)

// maxBoundary is the longest boundary that RFC 2046, 5.1.1 allows.
const maxBoundary = 70

// Boundary gives the boundary between the parts of a multipart form, from the
// parameters of its content type.
//
// # Errors
//
// 400 where there is none, or one that RFC 2046 doesn't allow.
func Boundary(params map[string]string) (string, *api.Problem) {
	b := params["boundary"]
	switch {
	case b == "":
		p := api.NewProblem(http.StatusBadRequest, "bad-request", "multipart/form-data requires 'boundary' parameter")
		p.Body = []byte(`{"error":"multipart/form-data requires 'boundary' parameter"}`)
		return "", p
	case len(b) > maxBoundary:
		return "", badForm("The boundary of the multipart form is longer than %d characters", maxBoundary)
	case strings.ContainsFunc(b, notBoundary) || strings.HasSuffix(b, " "):
		return "", badForm("The boundary %s of the multipart form has a character that can't be there", shown(b))
	}
	return b, nil
}

func notBoundary(c rune) bool {
	switch {
	case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		return false
	}
	return !strings.ContainsRune("'()+_,-./:=? ", c)
}
