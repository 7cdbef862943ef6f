package spikard

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// sessionWatch finds out clients that are gone without a word, by pings, and those
// that have nothing to say.
type sessionWatch struct {
	of     *session
	heard  atomic.Bool // a message since the last look
	behind atomic.Bool // the reader waits for the handler, and hears no pong
	last   atomic.Int64
	pings  *time.Timer // nil: there are none
	idle   *time.Timer // nil: clients may be silent
}

func newSessionWatch(s *session) *sessionWatch {
	w := &sessionWatch{of: s}
	w.last.Store(time.Now().UnixNano())
	if period := s.route.ping; period > 0 {
		w.pings = time.AfterFunc(period, w.ping)
	}
	if limit := s.route.idle; limit > 0 {
		w.idle = time.AfterFunc(limit, w.look)
	}
	return w
}

// seen notes a message.
func (w *sessionWatch) seen() {
	w.heard.Store(true)
	if w.idle != nil {
		w.last.Store(time.Now().UnixNano())
	}
}

// ping asks a silent client whether it is there. One that doesn't answer within the
// period is gone.
func (w *sessionWatch) ping() {
	if w.of.over() != nil {
		return
	}
	if !w.heard.Swap(false) && !w.behind.Load() {
		ctx, cancel := context.WithTimeout(context.Background(), w.of.route.ping)
		err := w.of.conn.Ping(ctx)
		cancel()
		if err != nil && !w.behind.Load() && !w.heard.Load() {
			w.of.end(int(websocket.StatusAbnormalClosure), "no answer to a ping")
			_ = w.of.raw.SetDeadline(time.Now()) // ends the reader
			return
		}
	}
	w.pings.Reset(w.of.route.ping)
}

// look closes a session whose client has said nothing for too long.
func (w *sessionWatch) look() {
	left := w.of.route.idle - time.Since(time.Unix(0, w.last.Load()))
	switch {
	case w.of.over() != nil:
	case left > 0:
		w.idle.Reset(left)
	default:
		w.of.close(int(websocket.StatusGoingAway), "idle for too long")
	}
}

// end stops the timers. A ping under way ends with the connection.
func (w *sessionWatch) end() {
	if w.pings != nil {
		w.pings.Stop()
	}
	if w.idle != nil {
		w.idle.Stop()
	}
}
