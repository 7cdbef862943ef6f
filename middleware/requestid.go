package middleware

import (
	"encoding/binary"
	"math/rand/v2"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
)

// requestIDHeader carries the id, both ways.
const requestIDHeader = "X-Request-Id"

// maxRequestID keeps a client from filling the log.
const maxRequestID = 128

// RequestID gives each request an id and sends it back as X-Request-ID. The
// one that came with the request is kept if it is 1 to 128 visible ASCII
// characters, else a new UUIDv7 is made, which sorts by time.
//
// # Memory
//
// The id travels in the answer's header, where [RequestIDOf] finds it: Gin's
// own keys would cost a map for each request.
func RequestID() gin.HandlerFunc {
	return func(c *gin.Context) {
		var id string
		if sent := c.Request.Header[requestIDHeader]; len(sent) > 0 && validRequestID(sent[0]) {
			id = sent[0]
		} else {
			id = newRequestID(time.Now())
		}
		c.Writer.Header()[requestIDHeader] = []string{id}
	}
}

// RequestIDOf gives the id that [RequestID] set, or "".
func RequestIDOf(c *gin.Context) string {
	if id := c.Writer.Header()[requestIDHeader]; len(id) > 0 {
		return id[0]
	}
	return ""
}

func validRequestID(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}

// newRequestID makes a UUIDv7 (RFC 9562, section 5.7): milliseconds, then
// random bits. uuid.NewV7 reads the operating system's generator under a lock
// each time; an id is no secret, so the runtime's generator does, at half the
// time.
func newRequestID(now time.Time) string {
	var id uuid.UUID
	const version, variant = 7 << 12, 2 << 62
	binary.BigEndian.PutUint64(id[:8], uint64(now.UnixMilli())<<16|version|rand.Uint64()&0x0fff)
	binary.BigEndian.PutUint64(id[8:], rand.Uint64()>>2|variant)
	return id.String()
}
