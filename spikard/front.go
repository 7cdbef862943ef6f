package spikard

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/spikard/internal/route"
)

// front counts the requests that are inside, so that Python is closed after
// the last of them only.
type front struct {
	next http.Handler
	gate *gate
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !f.gate.enter() {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	defer f.gate.leave()
	f.next.ServeHTTP(w, r)
}

// notPath is given to Gin for targets that aren't paths. No route can match
// it, since all of them begin with a slash.
const notPath = "*"

// canonical feeds our own Gin engine the canonical escaped path, which is what
// the routes are mounted for.
type canonical struct{ engine *gin.Engine }

func (f canonical) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := route.Canonical(r.URL)
	if !ok {
		path = notPath
	}
	r.URL.Path, r.URL.RawPath = path, ""
	f.engine.ServeHTTP(w, r)
}
