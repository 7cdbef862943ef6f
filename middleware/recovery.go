package middleware

import (
	"net/http"
	"runtime/debug"

	"github.com/gin-gonic/gin"
)

// Recovery catches panics. It calls answer with the panic's value and its
// stack; answer logs it and writes the answer. When a part of an answer was
// sent already, answered is true, nothing can be written any more, and the
// connection is cut afterwards, so that the client doesn't take the part for
// the whole. [http.ErrAbortHandler] passes, as net/http wants it.
func Recovery(answer func(c *gin.Context, value any, stack []byte, answered bool)) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			if value == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so, too
				panic(value)
			}
			answered := c.Writer.Written()
			c.Abort()
			answer(c, value, debug.Stack(), answered)
			if answered {
				panic(http.ErrAbortHandler)
			}
		}()
		c.Next()
	}
}
