package middleware

import (
	"context"
	"net/http"
)

// detached is where a handler that runs apart says that its answer is complete.
type detached struct{ answered chan struct{} }

type detachedKey struct{}

// Detach serves HTTP/2 requests on goroutines of their own, so that [Timeout] can
// end a stream whose handler has not returned: on HTTP/1.1 an answer is complete
// with its last byte, on HTTP/2 with the end of the handler that net/http knows
// of. Requests of HTTP/1 cost nothing.
//
// # Concurrency
//
// What waits for handlers to end has to stand behind it: next may go on when
// ServeHTTP has returned.
func Detach(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor < 2 {
			next.ServeHTTP(w, r)
			return
		}
		serveDetached(next, w, r)
	})
}

func serveDetached(next http.Handler, w http.ResponseWriter, r *http.Request) {
	d := &detached{answered: make(chan struct{})}
	r = r.WithContext(context.WithValue(r.Context(), detachedKey{}, d))
	ended := make(chan any, 1) // what it panicked with, or nil
	go func() {
		defer func() { ended <- recover() }()
		next.ServeHTTP(w, r)
	}()
	select {
	case v := <-ended:
		if v != nil {
			panic(v)
		}
	case <-d.answered:
	}
}

// release lets go of a request whose answer is complete.
func release(r *http.Request) {
	if d, ok := r.Context().Value(detachedKey{}).(*detached); ok {
		close(d.answered)
	}
}
