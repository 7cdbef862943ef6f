package spikard

import "net/http"

// Handler is what a running server serves, for benchmarks without a socket.
func (s *Server) Handler() http.Handler { return s.current().handler }
