package middleware

// Name names a middleware in [Order].
type Name string

// The middleware, by name.
const (
	NameRequestID   Name = "request id"
	NameRecovery    Name = "recovery"
	NameHeaderLimit Name = "header limit"
	NameBodyLimit   Name = "body limit"
)

// Place is one line of [Order].
type Place struct {
	Name Name
	// Reason says why it stands where it stands.
	Reason string
}

// Order is the order in which the server runs the middleware, the outermost
// first.
func Order() []Place {
	return []Place{
		{NameRequestID, "first: everything behind it logs and answers with the id, panics included"},
		{NameRecovery, "before all that may panic; it needs the id and nothing else"},
		{NameHeaderLimit, "before all that reads the header to act on it"},
		{NameBodyLimit, "last: it refuses by the header alone, but its refusal is an answer like any other"},
	}
}
