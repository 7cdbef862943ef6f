package spikard

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// checkRules checks what several settings decide together.
func (v *validation) checkRules(c Config) {
	v.listening(&c)
	v.proxies(c.TrustedProxies)
	c = c.withDefaults()
	v.jwt(c.JWTAuth)
	v.browsers(&c)
	v.paths(&c)
	if c.origins != nil {
		// Before they are merged, nobody knows where the server will listen.
		v.debug(&c, c.Debug, "debug", "debug shows them tracebacks")
		v.debug(&c, c.DebugEndpoint, "debug_endpoint", debugPath+" shows them the stacks of the process")
	}
}

// name is what whoever set a setting calls it.
func (v *validation) name(path string) string {
	for _, s := range v.table.all() {
		if s.path == path {
			return v.origins.of(s).name
		}
	}
	return path
}

func (v *validation) listening(c *Config) {
	host, port := v.name("host"), v.name("port")
	if _, set := v.origins["host"]; !set {
		host = port // only the port was set
	}
	if c.Addr != "" && c.UnixSocket != "" {
		v.fault(host, "%q and %s %q exclude each other: set one", c.Addr, v.name("unix_socket"), c.UnixSocket)
	}
	if c.Addr != "" {
		_, number, err := net.SplitHostPort(c.Addr)
		n, notNumber := strconv.Atoi(number)
		switch {
		case err != nil:
			v.fault(host, "%q is not host:port (%v)", c.Addr, err)
		case notNumber == nil && (n < 0 || n > 65535):
			v.fault(port, "must be from 0 to 65535, not %d", n)
		}
	}
	if (c.TLSCertFile == "") != (c.TLSKeyFile == "") {
		cert, key := v.name("tls_cert_file"), v.name("tls_key_file")
		set := cert
		if c.TLSCertFile == "" && v.origins["tls_key_file"].source != inGo {
			set = key
		}
		v.fault(set, "TLSCertFile and TLSKeyFile go together: set both or none")
	}
}

func (v *validation) proxies(list []string) {
	for i, text := range list {
		if _, err := parseProxy(strings.TrimSpace(text)); err != nil {
			v.fault(element(v.name("trusted_proxies"), i), "%q is no IP address and no CIDR range, as 10.0.0.0/8", text)
		}
	}
}

// jwt checks that there is one kind of key, and that it suits the algorithms:
// whoever knows a public key must not be able to sign with it (RFC 8725, 2.1).
func (v *validation) jwt(j *JWTAuth) {
	if j == nil {
		return
	}
	secret, allowed, named := v.name("jwt_auth.secret"), j.Algorithms, v.name("jwt_auth.algorithms")
	if len(allowed) == 0 {
		allowed, named = []string{j.Algorithm}, v.name("jwt_auth.algorithm")
	}
	if v.isFaulty(secret) || v.isFaulty(named) || v.isFaulty(v.name("jwt_auth.jwks_url")) {
		return
	}
	listed := strings.Join(allowed, ", ")
	shared := slices.ContainsFunc(allowed, func(a string) bool { return strings.HasPrefix(a, "HS") })
	isPEM := strings.Contains(string(j.Secret), "-----BEGIN ")
	switch {
	case j.Secret == "" && j.JWKSURL == "":
		v.fault(secret, "must be set, or jwks_url")
	case j.Secret != "" && j.JWKSURL != "":
		v.fault(v.name("jwt_auth.jwks_url"), "its keys and the secret exclude each other: set one")
	case j.Secret != "" && len(allowed) > 1:
		v.fault(named, "%s: a secret has one algorithm", listed)
	case j.JWKSURL != "" && shared:
		v.fault(named, "%s: what jwks_url publishes are public keys: set their algorithms, as RS256", listed)
	case shared && isPEM:
		v.fault(secret, "%s takes a shared secret, and this is a key in PEM: a public one, anybody may know", listed)
	case j.Secret != "" && !shared && !isPEM:
		v.fault(secret, "must be a public key in PEM for %s", listed)
	}
}

func (v *validation) isFaulty(name string) bool {
	return slices.ContainsFunc(v.faults, func(err error) bool {
		var fault *ConfigError
		return errors.As(err, &fault) && fault.Field == name
	})
}

// browsers checks what browsers would refuse without saying so here.
func (v *validation) browsers(c *Config) {
	if c.CORS != nil && c.CORS.AllowCredentials && slices.Contains(c.CORS.AllowOrigins, "*") {
		v.fault(v.name("cors.allow_credentials"), `needs named origins: "*" lets any site use them`)
	}
	if c.Session != nil && c.Session.SameSite == "none" && !*c.Session.Secure {
		v.fault(v.name("session.same_site"), "none is for cookies that are secure")
	}
}

// paths checks that no two things are served at one path.
func (v *validation) paths(c *Config) {
	taken := map[string]string{}
	take := func(path, name string) {
		if other, ok := taken[path]; ok {
			v.fault(name, "%q is the path of %s, too", path, other)
			return
		}
		taken[path] = name
	}
	if !c.Health.Off {
		take(c.Health.LivenessPath, v.name("health.liveness_path"))
		take(c.Health.ReadinessPath, v.name("health.readiness_path"))
	}
	if c.Metrics != nil {
		take(c.Metrics.Path, v.name("metrics.path"))
	}
	if c.DebugEndpoint {
		take(debugPath, v.name("debug_endpoint"))
	}
	for i, s := range c.StaticFiles {
		one := setting{path: "route_prefix", field: "RoutePrefix"}
		if s.RoutePrefix != "" {
			take(strings.TrimRight(s.RoutePrefix, "/")+"/", v.origins[element("static_files", i)].child(&one).name)
		}
	}
}

// debug refuses to show to a network what a setting shows.
func (v *validation) debug(c *Config, on bool, setting, shows string) {
	if !on || c.DebugPublic || c.UnixSocket != "" {
		return
	}
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil || host == "localhost" {
		return
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Unmap().IsLoopback() {
		return
	}
	v.fault(v.name(setting), "%s is an address that others can connect to, and %s: listen on %s, "+
		"turn %s off, or set debug_public (Config.DebugPublic, %sDEBUG_PUBLIC) if they may see them",
		c.Addr, shows, v.table.addr, setting, variablePrefix)
}

// parseProxies reads addresses and CIDR ranges, and leaves out what is neither.
func parseProxies(list []string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range list {
		if prefix, err := parseProxy(strings.TrimSpace(text)); err == nil {
			out = append(out, prefix)
		}
	}
	return out
}

func parseProxy(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		prefix, err := netip.ParsePrefix(text)
		return prefix.Masked(), err
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return addr.Prefix(addr.BitLen())
}
