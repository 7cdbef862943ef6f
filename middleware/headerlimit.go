package middleware

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// HeaderLimit refuses requests whose request line and header fields are larger
// than size bytes, as they would be written in HTTP/1.1: refuse writes the
// answer. net/http's own limit reads 4 KiB more than it says, so that it alone
// can't be exact; it has to be set besides, for headers without an end.
func HeaderLimit(size int, refuse func(c *gin.Context)) gin.HandlerFunc {
	return func(c *gin.Context) {
		if headerSize(c.Request) > size {
			c.Abort()
			refuse(c)
		}
	}
}

func headerSize(r *http.Request) int {
	n := len(r.Method) + len(r.RequestURI) + len(r.Proto) + len("  \r\n\r\n")
	if r.Host != "" { // net/http keeps this field apart
		n += fieldSize("Host", r.Host)
	}
	for name, lines := range r.Header {
		for _, line := range lines {
			n += fieldSize(name, line)
		}
	}
	return n
}

func fieldSize(name, value string) int { return len(name) + len(value) + len(": \r\n") }
