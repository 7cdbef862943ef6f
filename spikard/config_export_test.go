package spikard

// SetEnviron stands for the environment of a server that hasn't started.
func (s *Server) SetEnviron(environ ...string) { s.environ = func() []string { return environ } }
