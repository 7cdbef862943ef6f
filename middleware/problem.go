package middleware

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/spikard/api"
)

// Refuse writes the answer to a request that a middleware refuses. The request
// is aborted already.
type Refuse func(c *gin.Context, p *api.Problem)

// WriteProblem is what middleware that is used alone refuses with: the problem's
// header and its document as application/json.
func WriteProblem(c *gin.Context, p *api.Problem) {
	header := c.Writer.Header()
	for name, lines := range p.Header {
		header[http.CanonicalHeaderKey(name)] = lines
	}
	body := p.Body
	if body == nil {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(p) // a problem is text and numbers
		body = bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	}
	header["Content-Type"] = []string{"application/json"}
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	c.Writer.WriteHeader(p.Status)
	_, _ = c.Writer.Write(body) // the client may be gone
}

// or gives WriteProblem where no other way to refuse was named.
func (r Refuse) or() Refuse {
	if r == nil {
		return WriteProblem
	}
	return r
}
