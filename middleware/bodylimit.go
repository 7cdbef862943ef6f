package middleware

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// BodyLimit refuses bodies above a size. One that announces it is refused
// before anything of it is read: refuse writes the answer. One of unknown
// length ends with an [*http.MaxBytesError] for its reader.
func BodyLimit(size int64, refuse func(c *gin.Context)) gin.HandlerFunc {
	return func(c *gin.Context) {
		switch length := c.Request.ContentLength; {
		case length > size:
			// The rest of the body would have to be read before the connection
			// could serve another request.
			c.Writer.Header().Set("Connection", "close")
			c.Abort()
			refuse(c)
		case length < 0:
			c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, size)
		}
	}
}
