package middleware

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/spikard/api"
)

// Handler gives each request its session, for [SessionOf], and writes a changed
// one into the answer's header. What a handler that panics has changed is
// dropped.
//
// A session that can't be kept, because it is larger than a cookie or holds
// what JSON can't, is logged and refused with a 500 in place of the handler's
// answer, which would say that something was done.
//
// # Memory
//
// A request that doesn't use its session costs three allocations: its cookie
// isn't read.
func (s *Sessions) Handler() gin.HandlerFunc {
	return func(c *gin.Context) {
		outer := c.Writer
		w := &sessionWriter{ResponseWriter: outer, c: c, session: Session{sessions: s, request: c.Request}}
		c.Writer = w
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), sessionKey{}, &w.session))
		// Also after a panic, so that what answers it commits nothing.
		defer func() { c.Writer = outer }()
		c.Next()
		if !w.Written() {
			w.commit()
		}
		w.committed = true // c serves another request now
	}
}

// sessionWriter commits the session before the header goes out.
type sessionWriter struct {
	gin.ResponseWriter
	c       *gin.Context
	session Session
	// committed says that the session was looked at, refused that the answer
	// is a refusal, which swallows the handler's.
	committed, refused bool
}

// commit tells whether the handler's answer may go out.
func (w *sessionWriter) commit() bool {
	if w.committed {
		return !w.refused
	}
	w.committed = true
	err := w.session.commit(w.Header())
	if err == nil {
		return true
	}
	w.refused = true
	w.session.sessions.log.ErrorContext(w.c.Request.Context(), "the session can't be kept", "error", err)
	for _, name := range [...]string{"Cache-Control", "Content-Encoding", "Etag", "Last-Modified"} {
		w.Header().Del(name) // of the answer that isn't sent
	}
	w.c.Abort()
	w.c.Writer = w.ResponseWriter
	w.session.sessions.refuse(w.c, api.NewProblem(http.StatusInternalServerError, "internal-server-error", "The session could not be kept"))
	w.c.Writer = w
	return false
}

func (w *sessionWriter) Write(p []byte) (int, error) {
	if !w.commit() {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

func (w *sessionWriter) WriteString(s string) (int, error) {
	if !w.commit() {
		return len(s), nil
	}
	return w.ResponseWriter.WriteString(s)
}

func (w *sessionWriter) WriteHeaderNow() {
	if w.commit() {
		w.ResponseWriter.WriteHeaderNow()
	}
}

func (w *sessionWriter) Flush() {
	if w.commit() {
		w.ResponseWriter.Flush()
	}
}

// Unwrap is for [http.ResponseController].
func (w *sessionWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
