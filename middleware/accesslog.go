package middleware

import (
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// AccessLogConfig says where access lines go.
type AccessLogConfig struct {
	// Log receives the lines: [slog.Default], as it is when the middleware is
	// made.
	Log *slog.Logger
	// Client tells the client's address, for servers behind trusted proxies.
	// Nil: the peer's, without its port.
	Client func(r *http.Request) string
}

// AccessLog logs one line, "request", when a request has ended: request_id,
// method, path, status, bytes, duration, client, user_agent and proto. Its level
// is Info, or Error from status 500 on. The path is as it was sent, without the
// query, in which there may be secrets. It belongs in front of [Recovery], which
// answers panics, and behind [RequestID].
//
// A panic that passes is logged, and goes on. [http.ErrAbortHandler] cuts the
// connection: the line then holds what status was sent, or 499 as with nginx if
// none was, and aborted=true. Any other has the status 500, which whoever
// catches it will send.
//
// # Memory
//
// A record's first five attributes lie in the record; one allocation holds the
// other four. Where the logger takes neither level nothing is done at all.
func AccessLog(config AccessLogConfig) gin.HandlerFunc {
	log, client := config.Log, config.Client
	if log == nil {
		log = slog.Default()
	}
	if client == nil {
		client = peerHost
	}
	handler := log.Handler()
	return func(c *gin.Context) {
		if !handler.Enabled(c.Request.Context(), slog.LevelError) {
			return
		}
		// What stands in front of Gin's writer by then counts other bytes.
		w, begin := c.Writer, time.Now()
		defer func() {
			value := recover()
			logAccess(handler, client, c, w, begin, value)
			if value != nil {
				panic(value)
			}
		}()
		c.Next()
	}
}

// logAccess goes past the Logger, which would look up a source line that is the
// same each time.
func logAccess(handler slog.Handler, client func(*http.Request) string, c *gin.Context, w gin.ResponseWriter, begin time.Time, value any) {
	status, aborted := outcome(w, value)
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	r := c.Request
	ctx := r.Context()
	if !handler.Enabled(ctx, level) {
		return
	}
	end := time.Now()
	record := slog.NewRecord(end, level, "request", 0)
	attrs := [...]slog.Attr{
		slog.String("request_id", RequestIDOf(c)),
		slog.String("method", r.Method),
		slog.String("path", r.URL.EscapedPath()),
		slog.Int("status", status),
		slog.Int("bytes", max(w.Size(), 0)),
		slog.Duration("duration", end.Sub(begin)),
		slog.String("client", client(r)),
		slog.String("user_agent", r.UserAgent()),
		slog.String("proto", r.Proto),
		slog.Bool("aborted", true),
	}
	n := len(attrs)
	if !aborted {
		n--
	}
	record.AddAttrs(attrs[:n]...)
	_ = handler.Handle(ctx, record) // as a Logger does: nobody could be told
}

// statusNoAnswer is nginx's, for a request whose client got no answer.
const statusNoAnswer = 499

// outcome tells how an exchange has ended whose handlers panicked with value, or
// returned: the status that was sent or will be, and whether the connection is
// cut, whatever was sent.
func outcome(w gin.ResponseWriter, value any) (status int, aborted bool) {
	aborted = value == http.ErrAbortHandler //nolint:errorlint // net/http compares it so, too
	switch {
	case value == nil || w.Written():
		return w.Status(), aborted
	case aborted:
		return statusNoAnswer, aborted
	}
	return http.StatusInternalServerError, aborted
}

// peerHost is the address of the connection's other end: "" for a Unix socket.
func peerHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}
