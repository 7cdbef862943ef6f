package spikard

import (
	"context"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
)

// equipment is what the configuration asks for beside the routes: the middleware,
// by name, and what has to be closed with it.
type equipment struct {
	running *running
	chain   map[middleware.Name]gin.HandlerFunc
	statics []*middleware.Static
	metrics *middleware.Metrics
	// limitPrincipals is the rate limit where it is one for each principal: it
	// stands behind authentication.
	limitPrincipals gin.HandlerFunc
	faults          []error
}

// equip makes all of it.
func (r *running) equip() []error {
	e := &equipment{running: r, chain: map[middleware.Name]gin.HandlerFunc{}}
	r.equipment = e
	c := &r.config
	e.limits(c)
	e.observe(c)
	e.browsers(c)
	e.authentication(c)
	e.rateLimit(c)
	for i := range c.StaticFiles {
		e.static(&c.StaticFiles[i])
	}
	return e.faults
}

// handlers are the middleware in their order.
func (e *equipment) handlers() []gin.HandlerFunc {
	var out []gin.HandlerFunc
	for _, place := range middleware.Order() {
		if h := e.chain[place.Name]; h != nil {
			out = append(out, h)
		}
	}
	return out
}

// fault notes what a middleware can't be made of.
func (e *equipment) fault(field string, err error) {
	for _, one := range leaves(err) {
		e.faults = append(e.faults, &ConfigError{Field: field, Reason: one.Error()})
	}
}

// closes has something closed at the end.
func (e *equipment) closes(name string, closing func(context.Context) error) {
	e.running.onUndo("close "+name, closing)
}

// secret has a header field's value kept from the pages of the debug mode.
func (e *equipment) secret(name string) {
	e.running.wall.secrets = append(e.running.wall.secrets, http.CanonicalHeaderKey(name))
}

// refuse answers for the middleware.
func (e *equipment) refuse(c *gin.Context, p *api.Problem) {
	_ = writeProblem(c.Writer, c.Request, p) // the client may be gone
}

// limits bound every request.
func (e *equipment) limits(c *Config) {
	if *c.RequestID {
		e.chain[middleware.NameRequestID] = middleware.RequestID()
	}
	e.chain[middleware.NameRecovery] = middleware.Recovery(e.running.wall.panicked)
	e.chain[middleware.NameBodyLimit] = middleware.BodyLimit(c.MaxBodySize, func(g *gin.Context) {
		e.refuse(g, tooLarge(c.MaxBodySize))
	})
	if size := c.MaxHeaderBytes; size > 0 {
		e.chain[middleware.NameHeaderLimit] = middleware.HeaderLimit(size, func(g *gin.Context) {
			e.refuse(g, headerTooLarge(size))
		})
	}
	if c.RequestTimeout > 0 {
		e.chain[middleware.NameTimeout] = e.timed(middleware.Timeout(c.RequestTimeout, e.running.wall.late))
	}
	if z := c.Compression; !z.Off {
		e.chain[middleware.NameCompress] = middleware.Compress(middleware.CompressConfig{
			Gzip: *z.Gzip, Brotli: *z.Brotli, Zstd: *z.Zstd, MinSize: *z.MinSize, Quality: *z.Quality,
		})
	}
}

// timed leaves the server's own routes out: a health check has a bound of its own, and
// has to tell which check took too long.
func (e *equipment) timed(handler gin.HandlerFunc) gin.HandlerFunc {
	var own map[string]bool
	if h := e.running.config.Health; !h.Off {
		own = map[string]bool{h.LivenessPath: true, h.ReadinessPath: true}
	}
	return func(c *gin.Context) {
		if !own[c.Request.URL.Path] {
			handler(c)
		}
	}
}

// late answers at a request's deadline, beside its handler. Only the length tells
// the client that the answer is complete: the handler has not returned.
func (w *wall) late(to http.ResponseWriter, r *http.Request) {
	p := api.NewProblem(http.StatusRequestTimeout, "request-timeout", "The request took too long")
	contentType, body := renderProblem(r, p)
	to.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	_ = respond(to, r.Method, p.Status, contentType, body) // the client may be gone
}

// observe adds what others see of the requests.
func (e *equipment) observe(c *Config) {
	client := func(r *http.Request) string { return e.running.client(r).Addr }
	if c.AccessLog {
		e.chain[middleware.NameAccessLog] = middleware.AccessLog(middleware.AccessLogConfig{Log: c.Logger, Client: client})
	}
	if c.Metrics != nil {
		m, err := middleware.NewMetrics(middleware.MetricsConfig{Route: routeOf})
		if err != nil {
			e.fault("Metrics", err)
			return
		}
		e.metrics, e.chain[middleware.NameMetrics] = m, m.Handler()
	}
	if c.Tracing != nil {
		e.tracing(c, client)
	}
}

func (e *equipment) tracing(c *Config, client func(r *http.Request) string) {
	options := middleware.OTLPOptions{
		Endpoint: string(c.Tracing.Endpoint), ServiceName: c.Tracing.ServiceName,
		SampleRatio: *c.Tracing.SampleRatio, Log: c.Logger,
	}
	if options.SampleRatio == 0 {
		options.SampleRatio = -1 // none: 0 is unset there
	}
	provider, err := middleware.NewOTLP(context.Background(), options)
	if err != nil {
		e.fault("Tracing", err)
		return
	}
	e.closes("traces", provider.Shutdown)
	e.chain[middleware.NameTracing] = middleware.Tracing(middleware.TracingConfig{
		Provider: provider, Route: routeOf, Client: client, Self: e.running.self,
	})
}

// observe has an app tell what metrics and traces want of it.
func (r *running) observe(app *pythonApp) {
	app.traced = r.config.Tracing != nil
	observable, ok := app.app.(pybridge.Observable)
	if m := r.equipment.metrics; m != nil && ok {
		observable.Observe(m)
		r.equipment.fault("Metrics", m.QueueDepth(func() float64 { return float64(r.waiting()) }))
	}
}

// waiting is how many calls wait to be let into Python.
func (r *running) waiting() int {
	n := 0
	for _, app := range r.apps {
		if observable, ok := app.app.(pybridge.Observable); ok {
			n = max(n, observable.Waiting()) // each app tells of the whole process
		}
	}
	return n
}

// browsers adds what concerns browsers.
func (e *equipment) browsers(c *Config) {
	if h := c.SecurityHeaders; h != nil {
		e.chain[middleware.NameSecureHeaders] = middleware.SecureHeaders(middleware.SecureHeadersConfig{
			ContentTypeOptions: h.ContentTypeOptions, FrameOptions: h.FrameOptions, ReferrerPolicy: h.ReferrerPolicy,
			OpenerPolicy: h.OpenerPolicy, ContentSecurityPolicy: h.ContentSecurityPolicy,
			PermissionsPolicy: h.PermissionsPolicy, HSTS: h.StrictTransportSecurity,
			HTTPS: func(r *http.Request) bool { return e.running.client(r).Scheme == "https" },
		})
	}
	if o := c.CORS; o != nil {
		maxAge := *o.MaxAge
		if maxAge == 0 {
			maxAge = -1 // not at all: 0 is unset there
		}
		handler, err := middleware.CORS(middleware.CORSConfig{
			AllowOrigins: o.AllowOrigins, AllowOriginRegex: o.AllowOriginRegex, AllowMethods: o.AllowMethods,
			AllowHeaders: o.AllowHeaders, ExposeHeaders: o.ExposeHeaders, AllowCredentials: o.AllowCredentials,
			AllowPrivateNetwork: o.AllowPrivateNetwork, MaxAge: maxAge, Self: e.running.self, Refuse: e.refuse,
		})
		e.chain[middleware.NameCORS] = handler
		e.fault("CORS", err)
	}
	if s := c.CSRF; s != nil {
		handler, err := middleware.CSRF(middleware.CSRFConfig{
			Secret: string(s.Secret), Cookie: s.CookieName, Header: s.HeaderName, Field: s.FieldName,
			TrustedOrigins: s.TrustedOrigins, Insecure: !*s.Secure, Refuse: e.refuse,
		})
		e.chain[middleware.NameCSRF] = handler
		e.secret(s.HeaderName)
		e.fault("CSRF", err)
	}
}

// authentication makes the authenticators that routes may ask for.
func (e *equipment) authentication(c *Config) {
	if j := c.JWTAuth; j != nil {
		algorithm := j.Algorithm
		if len(j.Algorithms) > 0 {
			algorithm = "" // they take its place
		}
		jwt, err := middleware.NewJWT(middleware.JWTConfig{
			Algorithm: algorithm, Algorithms: j.Algorithms, Secret: string(j.Secret), JWKSURL: string(j.JWKSURL),
			Audience: j.Audience, Issuer: j.Issuer, Leeway: j.Leeway, Log: c.Logger,
		})
		e.fault("JWTAuth", err)
		if err == nil {
			e.closes("the token keys", func(context.Context) error { return jwt.Close() })
			e.running.authenticators = append(e.running.authenticators, jwt)
			if weak := jwt.Weak(); weak != "" {
				c.Logger.Warn(weak)
			}
		}
	}
	if k := c.APIKeyAuth; k != nil {
		keys, err := middleware.NewAPIKey(middleware.APIKeyConfig{
			Keys: texts(k.Keys), Header: k.HeaderName, Query: k.QueryName,
		})
		e.fault("APIKeyAuth", err)
		if err == nil {
			e.running.authenticators = append(e.running.authenticators, keys)
		}
		e.secret(k.HeaderName)
	}
	if s := c.Session; s != nil {
		sessions, err := middleware.NewSession(middleware.SessionConfig{
			Secrets: texts(s.Secrets), Cookie: s.CookieName, MaxAge: s.MaxAge, Path: s.Path, Domain: s.Domain,
			Insecure: !*s.Secure, SameSite: sameSite(s.SameSite), Refuse: e.refuse, Log: c.Logger,
		})
		e.fault("Session", err)
		if err == nil {
			e.chain[middleware.NameSession] = sessions.Handler()
			e.running.sessions = sessions
		}
	}
}

func sameSite(name string) http.SameSite {
	switch name {
	case "strict":
		return http.SameSiteStrictMode
	case "none":
		return http.SameSiteNoneMode
	}
	return http.SameSiteLaxMode
}

func texts(secrets []Secret) []string {
	var out []string
	for _, s := range secrets {
		out = append(out, string(s))
	}
	return out
}

// rateLimit makes the limit, in memory or in Redis.
func (e *equipment) rateLimit(c *Config) {
	l := c.RateLimit
	if l == nil {
		return
	}
	rate := middleware.Rate{PerSecond: l.PerSecond, Burst: l.Burst}
	var store middleware.RateStore = middleware.NewRateMemory(rate, l.MaxKeys)
	if l.RedisURL != "" {
		redis, err := middleware.NewRateRedis(middleware.RateRedisOptions{
			URL: string(l.RedisURL), Rate: rate, FailOpen: *l.FailOpen, Log: c.Logger,
		})
		if err != nil {
			e.fault("RateLimit", err)
			return
		}
		store = redis
	}
	e.closes("the rate limit", func(context.Context) error { return store.Close() })
	config := middleware.RateLimitConfig{Store: store, Key: e.running.limitKey(l), Refuse: e.refuse}
	if l.By == "principal" {
		config.Refuse = func(g *gin.Context, p *api.Problem) { g.Set(limitedKey{}, p) }
		e.limitPrincipals = middleware.RateLimit(config)
		return
	}
	e.chain[middleware.NameRateLimit] = middleware.RateLimit(config)
}

// The keys of what middleware leaves in Gin's context.
type (
	limitedKey   struct{} // *api.Problem
	limitedWho   struct{} // string: the principal's name
	routePattern struct{} // string: the route's template
)

// routeOf is the template of the route that a request has found, or "".
func routeOf(c *gin.Context) string {
	value, _ := c.Get(routePattern{})
	route, _ := value.(string)
	return route
}

func (e *equipment) static(s *StaticFiles) {
	files, err := middleware.NewStatic(middleware.StaticConfig{
		Dir: s.Directory, Prefix: s.RoutePrefix, Index: *s.IndexFile, CacheControl: s.CacheControl,
		Precompressed: *s.Precompressed, Refuse: e.refuse,
	})
	if err != nil {
		e.fault("StaticFiles "+s.RoutePrefix, err)
		return
	}
	e.closes("the static files of "+s.RoutePrefix, func(context.Context) error { return files.Close() })
	e.statics = append(e.statics, files)
}

// client tells who a request comes from, as trusted proxies have it.
func (r *running) client(req *http.Request) middleware.Client {
	return middleware.Proxies(r.proxies).Client(req)
}

// self is the server's own origin as the client sees it.
func (r *running) self(req *http.Request) (scheme, host string) {
	c := r.client(req)
	return c.Scheme, c.Host
}
