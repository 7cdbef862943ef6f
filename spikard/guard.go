package spikard

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
)

// guard is what a route asks of its clients: one of several alternatives.
type guard struct{ alternatives []alternative }

// alternative is a set of credentials that are asked for together. An empty one
// lets anybody in.
type alternative []credential

// credential is one of them, and the scopes that it must come with.
type credential struct {
	authenticator middleware.Authenticator
	scopes        []string
}

// guardOf makes the guard of a route: nil where anybody may come. Without
// requirements of its own a route has those of the server, one of all that it is
// configured for.
func (r *running) guardOf(security []pybridge.SecurityRequirement, source api.Source) (*guard, error) {
	if security == nil {
		g := &guard{}
		for _, a := range r.authenticators {
			g.alternatives = append(g.alternatives, alternative{{authenticator: a}})
		}
		return g.orNil(), nil
	}
	g := &guard{}
	for _, requirement := range security {
		alternative := alternative{}
		for scheme, scopes := range requirement {
			a := r.authenticator(scheme)
			if a == nil {
				return nil, faultAt(source, "security names %s, which the server isn't configured for: set %s",
					scheme, settingOf[scheme])
			}
			alternative = append(alternative, credential{authenticator: a, scopes: scopes})
		}
		g.alternatives = append(g.alternatives, alternative)
	}
	// Who shows credentials is somebody, also where strangers may come.
	slices.SortStableFunc(g.alternatives, func(a, b alternative) int { return cmp.Compare(len(b), len(a)) })
	return g.orNil(), nil
}

// settingOf is the setting that a scheme needs.
var settingOf = map[string]string{
	"bearerAuth": "ServerConfig.jwt_auth", "apiKeyAuth": "ServerConfig.api_key_auth", "cookieAuth": "ServerConfig.session",
}

func (g *guard) orNil() *guard {
	if len(g.alternatives) == 0 {
		return nil
	}
	return g
}

// admit tells who the client is, or why it isn't let in: by the first alternative
// that holds. The refusal is that of the first alternative whose credentials were
// there, or else of the first.
func (g *guard) admit(r *http.Request) (*middleware.Principal, *api.Problem) {
	var refusal *api.Problem
	presented := false
	for _, a := range g.alternatives {
		principal, problem, shown := a.admit(r)
		if problem == nil {
			if len(a) == 0 && presented {
				break // credentials that are wrong don't make a stranger of somebody
			}
			return principal, nil
		}
		if refusal == nil || shown && !presented {
			refusal, presented = problem, shown
		}
	}
	return nil, refusal
}

// admit tells besides whether the credentials were there.
func (a alternative) admit(r *http.Request) (principal *middleware.Principal, refusal *api.Problem, shown bool) {
	for _, c := range a {
		p, problem := c.authenticator.Authenticate(r)
		if problem != nil {
			return nil, problem, c.authenticator.Presented(r)
		}
		for _, scope := range c.scopes {
			if !slices.Contains(p.Scopes, scope) {
				return nil, insufficientScope(c.scopes), true
			}
		}
		if principal == nil {
			principal = p
		}
	}
	return principal, nil, true
}

// authenticator is that of a scheme, or nil. Sessions are asked by routes that name
// their scheme, and by no other: most are of strangers.
func (r *running) authenticator(scheme string) middleware.Authenticator {
	if r.sessions != nil && r.sessions.Scheme() == scheme {
		return r.sessions
	}
	for _, a := range r.authenticators {
		if a.Scheme() == scheme {
			return a
		}
	}
	return nil
}

// suffices refuses a route that anybody may call, and that can't do without
// somebody: its handler or a hook ahead of it asks for a principal that need not
// be there.
func (g *guard) suffices(spec *programSpec, source api.Source) []error {
	var faults []error
	for _, needed := range spec.principals() {
		for _, a := range g.or() {
			if len(a) > 0 && (needed.Key != claimsKey || a.has("bearerAuth")) {
				continue
			}
			faults = append(faults, faultAt(source, "%s needs %s, but the route's security lets requests in without: "+
				"let the parameter be None, or ask for the credentials", needed.By, needed.Key.Label()))
			break
		}
	}
	return faults
}

// or gives the alternatives, of which the one that lets everybody in stands for
// none.
func (g *guard) or() []alternative {
	if g == nil {
		return []alternative{{}}
	}
	return g.alternatives
}

func (a alternative) has(scheme string) bool {
	return slices.ContainsFunc(a, func(c credential) bool { return c.authenticator.Scheme() == scheme })
}

// principals are the needs for somebody that can't be absent.
func (s *programSpec) principals() []di.Need {
	var out []di.Need
	roles := s.hooks.before()
	if s.handler != nil {
		roles = append(roles, s.handler)
	}
	for _, r := range roles {
		for _, n := range r.needs {
			if !n.Optional && (n.Key == claimsKey || n.Key == principalKey) {
				out = append(out, n)
			}
		}
	}
	return out
}

// insufficientScope is the refusal of RFC 6750, section 3.1.
func insufficientScope(scopes []string) *api.Problem {
	p := api.NewProblem(http.StatusForbidden, "forbidden", "The credentials lack a scope that is needed here")
	p.Header = http.Header{"Www-Authenticate": {
		`Bearer error="insufficient_scope", scope="` + strings.Join(scopes, " ") + `"`,
	}}
	return p
}
