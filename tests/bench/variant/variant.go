package variant

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Server is one configuration of the bench server.
type Server struct {
	Name string
	// Settings are environment variables. The server refuses to start with one that
	// it doesn't know, so that a name that is wrong is noticed.
	Settings map[string]string
	Requests []Request
}

// Request is one kind of request to a server.
type Request struct {
	// Workload is what is asked for, plain or big. The figures of one are compared
	// with those that [None] has for it.
	Workload string
	Name     string // unique in the workload
	Path     string
	Header   http.Header
	// Sign is a header field that the answer has, and those of [None] don't.
	Sign string
}

// Shows tells from an answer's header that what is to be measured was on.
//
// # Errors
//
// The error names what is missing.
func (r *Request) Shows(answer http.Header) error {
	if r.Sign != "" && answer.Get(r.Sign) == "" {
		return fmt.Errorf("the answer has no %s: %v", r.Sign, answer)
	}
	if want, got := r.Header.Get("Accept-Encoding"), answer.Get("Content-Encoding"); got != want {
		return fmt.Errorf("the answer is in %q, but %q was asked for", got, want)
	}
	return nil
}

// The names of what others are compared with: as little middleware as a server can
// have, and what it has unless told otherwise.
const (
	None    = "none"
	Default = "default"
)

// The workloads: a handler that gives a small object, and one that gives 200.
const (
	Plain = "plain"
	Big   = "big"
)

// bigPath is that of Big.
const bigPath = "/big"

// requestIDHeader is on answers of all servers but None.
const requestIDHeader = "X-Request-Id"

// All gives the servers in the order in which they are shown. Traces go to the
// collector, a URL.
//
// # Errors
//
// The error says that a token or a cookie could not be made.
func All(collector string) ([]Server, error) {
	token, err := bearer()
	if err != nil {
		return nil, err
	}
	cookie, err := sessionCookie()
	if err != nil {
		return nil, err
	}
	servers := []Server{none(), standard()}
	servers = append(servers, observing(collector)...)
	servers = append(servers, forBrowsers()...)
	return append(servers, limiting(token, cookie)...), nil
}

// none leaves what can't be turned off: recovery and the bound on bodies.
func none() Server {
	return Server{
		Name: None,
		Settings: map[string]string{
			"SPIKARD_ENABLE_REQUEST_ID": "false", "SPIKARD_REQUEST_TIMEOUT": "none",
			"SPIKARD_COMPRESSION": "off", "SPIKARD_HEALTH": "off",
		},
		Requests: []Request{
			{Workload: Plain, Name: None, Path: "/plain"},
			{Workload: Big, Name: None, Path: bigPath},
		},
	}
}

// standard has nothing set. Hooks are on routes of their own: the others don't know
// of them.
func standard() Server {
	requests := []Request{
		{Workload: Plain, Name: Default, Path: "/plain", Sign: requestIDHeader},
		{Workload: Plain, Name: "hooks-python", Path: "/hooks", Sign: "X-Took"},
		{Workload: Plain, Name: "hooks-go", Path: "/hooks-go", Sign: "X-Took"},
		{Workload: Big, Name: Default, Path: bigPath, Sign: requestIDHeader},
	}
	for _, coding := range []string{"gzip", "zstd", "br"} {
		requests = append(requests, Request{
			Workload: Big, Name: coding, Path: bigPath, Sign: "Content-Encoding",
			Header: http.Header{"Accept-Encoding": {coding}},
		})
	}
	return Server{Name: Default, Requests: requests}
}

func observing(collector string) []Server {
	traced := func(name, ratio string) Server {
		return one(name, "SPIKARD_TRACING_ENDPOINT", collector, "SPIKARD_TRACING_SAMPLE_RATIO", ratio)
	}
	return []Server{
		one("access-log", "SPIKARD_ACCESS_LOG", "true"),
		one("metrics", "SPIKARD_METRICS", "on"),
		traced("tracing-sampled", "1"),
		traced("tracing-unsampled", "0"),
	}
}

func forBrowsers() []Server {
	const origin = "https://app.example.com"
	return []Server{
		one("security-headers", "SPIKARD_SECURITY_HEADERS", "on").signed("X-Frame-Options"),
		one("cors", "SPIKARD_CORS_ALLOW_ORIGINS", origin).asked("Origin", origin).signed("Access-Control-Allow-Origin"),
	}
}

// limiting asks for who the client is, or bounds what it may do: with a limit that
// wrk can't reach. A session is only looked at by whoever uses it, so what it costs
// to be there is one thing, and what reading it costs is another.
func limiting(token, cookie string) []Server {
	session := one("session-unread", "SPIKARD_SESSION_SECRETS", secret).asked("Cookie", cookie)
	read := session.Requests[0]
	read.Name, read.Path, read.Sign = "session-read", "/session", "Vary"
	session.Requests = append(session.Requests, read)
	return []Server{
		one("rate-limit", "SPIKARD_RATE_LIMIT_PER_SECOND", "1000000", "SPIKARD_RATE_LIMIT_BURST", "1000000").signed("Ratelimit-Limit"),
		one("jwt", "SPIKARD_JWT_AUTH_SECRET", secret).asked("Authorization", "Bearer "+token),
		one("api-key", "SPIKARD_API_KEY_AUTH_KEYS", secret).asked("X-Api-Key", secret),
		session,
	}
}

// one is a server with settings by name and value, which is asked for plain.
func one(name string, settings ...string) Server {
	s := Server{Name: name, Settings: map[string]string{}}
	for i := 0; i < len(settings); i += 2 {
		s.Settings[settings[i]] = settings[i+1]
	}
	s.Requests = []Request{{Workload: Plain, Name: name, Path: "/plain", Sign: requestIDHeader}}
	return s
}

func (s Server) asked(field, value string) Server {
	s.Requests[0].Header = http.Header{field: {value}}
	return s
}

func (s Server) signed(field string) Server {
	s.Requests[0].Sign = field
	return s
}

// Environment is what the server gets besides the inherited environment: the
// settings, and every other variable of that which could change what is compared,
// emptied. SPIKARD_PYTHON stays, which says where the Python is.
func (s Server) Environment(inherited []string) []string {
	var out []string
	for _, variable := range inherited {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "SPIKARD_") && name != "SPIKARD_PYTHON" || strings.HasPrefix(name, "OTEL_") {
			out = append(out, name+"=")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Settings)) {
		out = append(out, name+"="+s.Settings[name])
	}
	return out
}
