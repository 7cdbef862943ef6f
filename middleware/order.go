package middleware

// Name names a middleware in [Order].
type Name string

// The middleware, by name.
const (
	NameRequestID     Name = "request id"
	NameAccessLog     Name = "access log"
	NameTracing       Name = "tracing"
	NameMetrics       Name = "metrics"
	NameRecovery      Name = "recovery"
	NameHeaderLimit   Name = "header limit"
	NameSecureHeaders Name = "security headers"
	NameCORS          Name = "CORS"
	NameRateLimit     Name = "rate limit"
	NameTimeout       Name = "timeout"
	NameCompress      Name = "compression"
	NameBodyLimit     Name = "body limit"
	NameSession       Name = "session"
	NameCSRF          Name = "CSRF"
)

// Place is one line of [Order].
type Place struct {
	Name Name
	// Reason says why it stands where it stands.
	Reason string
}

// Order is the order in which the server runs the middleware, the outermost
// first. Authentication isn't here: what it asks for depends on the route, so the
// server does it when it has found one.
func Order() []Place {
	return []Place{
		{NameRequestID, "first: everything behind it logs and answers with the id, panics included"},
		{NameAccessLog, "before recovery: a panic has to be a line with its 500; behind the id, which is on the line"},
		{NameTracing, "before metrics and recovery, so that the span has the whole time and the final status"},
		{NameMetrics, "before recovery, for the same reason"},
		{NameRecovery, "before all that may panic; what is ahead of it only looks on"},
		{NameHeaderLimit, "before all that reads the header to act on it"},
		{NameSecureHeaders, "before all that may refuse: refusals are documents in a browser too"},
		{NameCORS, "before the rate limit: a script may read a 429 only with CORS's header on it, and a preflight is no request of the user's"},
		{NameRateLimit, "before all that costs something: what is too much has to be cheap"},
		{NameTimeout, "before compression, which holds an answer back; the deadline's own answer is small"},
		{NameCompress, "before what writes answers; it has to see their header and their end"},
		{NameBodyLimit, "before all that may read the body"},
		{NameSession, "before CSRF, whose tokens belong to a session"},
		{NameCSRF, "last: it may read a form's field, which the body limit bounds"},
	}
}
