package middleware

import "github.com/gin-gonic/gin"

// CompressConfig says how [Compress] compresses. The zero value compresses
// nothing.
type CompressConfig struct {
	// Gzip, Brotli and Zstd are the codings to offer.
	Gzip, Brotli, Zstd bool
	// MinSize is the least size of a body in bytes that is compressed.
	MinSize int
	// Quality goes from 0, the fastest, to 11, the smallest, and is brotli's
	// own; what lies outside counts as the nearer end. Gzip has the levels 1 to
	// 9. Zstd has three: up to 2, up to 7, and above.
	Quality int
}

// Compress compresses answers for clients that accept it: with the coding of
// the greatest weight in Accept-Encoding, of equal ones brotli before zstd
// before gzip.
//
// It does so for text, JSON, XML, JavaScript, WebAssembly and their like, and
// leaves alone what is too small, is a stream of events, is a part of a body
// (206, Content-Range), carries a digest, has a Content-Encoding already, or
// says Cache-Control: no-transform. Whatever could have been compressed says
// Vary: Accept-Encoding, whoever asked. A strong ETag becomes a weak one, and
// Accept-Ranges is taken away: both were of the plain body.
//
// A body that is written at once is sent with its length. One that comes in
// several writes is sent as it comes, once MinSize is reached; Flush sends what
// was written so far.
//
// A page that holds both a secret and what an attacker chose can be guessed at
// by its compressed length (BREACH): let its handler set "Content-Encoding:
// identity", which no client sees, or Cache-Control: no-transform.
//
// # Concurrency
//
// As Gin's own, the writer that handlers see must not be used after they
// return.
//
// # Memory
//
// Coders are pooled. One takes about 1 MiB for gzip, 1 to 5 MiB for zstd and 1
// to 7 MiB for brotli; brotli's qualities from 8 on take up to 35 MiB and
// milliseconds for each answer. Up to MinSize of the plain body is held, and up
// to 1 MiB of the compressed one where it is whole.
func Compress(config CompressConfig) gin.HandlerFunc {
	cs := newCoders(config)
	if cs.offered == 0 {
		return func(*gin.Context) {}
	}
	return func(c *gin.Context) {
		w := cs.open(c)
		// After a panic, who recovers it answers by the inner writer. What was
		// held is dropped, and so is a coder in the midst of a body: closing it
		// would make half of one look whole.
		defer w.leave(c)
		c.Next()
		w.finish()
	}
}
