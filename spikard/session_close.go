package spikard

import (
	"errors"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
)

// close ends the session from this side. What the client has to say to that is
// waited for, but not for long, and not here.
func (s *session) close(code int, reason string) {
	s.working.Go(func() {
		cut := time.AfterFunc(closing, func() { _ = s.raw.SetDeadline(time.Now()) })
		defer cut.Stop()
		_ = s.conn.Close(websocket.StatusCode(code), reason) // it is over in any case
	})
	s.end(code, reason)
}

// stop tells the client that the server goes away.
func (s *session) stop() {
	s.mu.Lock()
	s.stopping = true // for a handshake that is being answered
	open := s.conn != nil && s.closed == nil
	s.mu.Unlock()
	if open {
		s.close(int(websocket.StatusGoingAway), "the server stops")
	}
}

// finish ends a session whose handler has returned, or failed with err, and waits
// for all that worked for it.
func (s *session) finish(w *wall, handler string, err error) {
	if s.over() == nil {
		code, reason := s.verdict(w, handler, err)
		s.close(int(code), reason)
	} else if err != nil && s.x.ctx.Err() == nil { // not cancelled, for its client has left
		w.logFailure(s.x, handler, err)
	}
	s.leaveAll()
	s.working.Wait()
	s.watch.end()
	_ = s.conn.CloseNow()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grace.Stop()
}

// verdict is the close code for what the handler did.
func (s *session) verdict(w *wall, handler string, err error) (websocket.StatusCode, string) {
	var refused *httpError
	switch {
	case err == nil:
		return websocket.StatusNormalClosure, ""
	case errors.As(err, &refused) && refused.status < http.StatusInternalServerError:
		return websocket.StatusPolicyViolation, cut(refused.detail)
	case s.x.ctx.Err() != nil:
		return websocket.StatusGoingAway, ""
	}
	w.logFailure(s.x, handler, err)
	return websocket.StatusInternalError, "internal error"
}

// maxReason is what fits into a close frame (RFC 6455, section 5.5).
const maxReason = 123

// cut shortens a reason between two characters.
func cut(reason string) string {
	n := min(len(reason), maxReason)
	for n > 0 && n < len(reason) && !utf8.RuneStart(reason[n]) {
		n--
	}
	return reason[:n]
}
