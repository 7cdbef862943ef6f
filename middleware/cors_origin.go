package middleware

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// corsOrigins are the origins that are allowed.
type corsOrigins struct {
	any bool
	// star is what "any" is in an answer.
	star     []string
	exact    map[string]struct{}
	patterns []corsPattern
	regex    *regexp.Regexp
}

// allow compares as browsers do, byte by byte: they send scheme and host in
// lower case and leave out a scheme's own port. What isn't of an origin's form,
// "null" included, is allowed by its exact name only.
func (o *corsOrigins) allow(origin string) bool {
	if o.any {
		return true
	}
	if _, ok := o.exact[origin]; ok {
		return true
	}
	if len(o.patterns) == 0 && o.regex == nil {
		return false
	}
	parts, ok := splitOrigin(origin)
	if !ok || !parts.wellFormed() {
		return false
	}
	for i := range o.patterns {
		if o.patterns[i].match(parts) {
			return true
		}
	}
	return o.regex != nil && o.regex.MatchString(origin)
}

func newCORSOrigins(config CORSConfig) (corsOrigins, []error) {
	o := corsOrigins{exact: make(map[string]struct{}, len(config.AllowOrigins))}
	var faults []error
	for i, text := range config.AllowOrigins {
		if err := o.add(text); err != nil {
			faults = append(faults, corsFault(fmt.Sprintf("AllowOrigins[%d]", i), strconv.Quote(text)+" "+err.Error()))
		}
	}
	if o.any && config.AllowCredentials {
		faults = append(faults, corsFault("AllowOrigins", `"*" with AllowCredentials would hand every site its visitors' accounts: name the origins`))
	}
	if config.AllowOriginRegex != "" {
		regex, err := compileWhole(config.AllowOriginRegex)
		if err == nil && config.AllowCredentials && regex.MatchString(strangeOrigin) {
			err = fmt.Errorf("with AllowCredentials %q matches any origin, as %s", config.AllowOriginRegex, strangeOrigin)
		}
		if err != nil {
			faults = append(faults, corsFault("AllowOriginRegex", err.Error()))
		}
		o.regex = regex
	}
	return o, faults
}

// strangeOrigin is nobody's: RFC 2606 keeps .invalid free.
const strangeOrigin = "https://stranger.invalid"

// compileWhole makes an expression that matches whole texts. It is compiled by
// itself first, since "a)|(b" would be good inside of parentheses.
func compileWhole(expr string) (*regexp.Regexp, error) {
	if _, err := regexp.Compile(expr); err != nil {
		return nil, err
	}
	return regexp.Compile(`\A(?:` + expr + `)\z`)
}

func (o *corsOrigins) add(text string) error {
	switch text {
	case "*":
		o.any, o.star = true, []string{text}
		return nil
	case "null":
		o.exact[text] = struct{}{}
		return nil
	}
	p, err := parseCORSPattern(text)
	if err != nil {
		return err
	}
	if p.wild || p.anyPort {
		o.patterns = append(o.patterns, p)
		return nil
	}
	o.exact[originParts{p.scheme, p.prefix, p.port}.String()] = struct{}{}
	return nil
}

// corsPattern is an origin with a wildcard in its host, for its port, or both.
type corsPattern struct {
	scheme, port string
	// prefix and suffix are what the host has before and behind the wildcard;
	// without one the prefix is the host.
	prefix, suffix string
	// wild says that there is one, nested that it may stand for several labels.
	wild, nested bool
	anyPort      bool
}

func (p *corsPattern) match(o originParts) bool {
	return p.scheme == o.scheme && (p.anyPort || p.port == o.port) && p.matchHost(o.host)
}

func (p *corsPattern) matchHost(host string) bool {
	if !p.wild {
		return host == p.prefix
	}
	if len(host) <= len(p.prefix)+len(p.suffix) || !strings.HasPrefix(host, p.prefix) || !strings.HasSuffix(host, p.suffix) {
		return false
	}
	return p.nested || !strings.Contains(host[len(p.prefix):len(host)-len(p.suffix)], ".")
}

func parseCORSPattern(text string) (corsPattern, error) {
	lower := strings.ToLower(text)
	o, ok := splitOrigin(lower)
	if !ok || !validScheme(o.scheme) {
		return corsPattern{}, errors.New("is no origin: write scheme://host or scheme://host:port")
	}
	if i := strings.IndexAny(o.host+o.port, "/?#@"); i >= 0 {
		return corsPattern{}, errors.New("has more than an origin, which is scheme, host and port")
	}
	p := corsPattern{scheme: o.scheme, port: withoutDefault(o.scheme, o.port), prefix: o.host}
	if p.anyPort = o.port == "*"; !p.anyPort && o.port != "" {
		if n, err := strconv.ParseUint(o.port, 10, 16); err != nil || n == 0 || o.port[0] == '0' {
			return p, errors.New("has no port from 1 to 65535")
		}
	}
	err := p.splitHost(o.host)
	return p, err
}

// splitHost takes the host apart at its wildcard. One is enough, and it has to
// leave the domain alone, or whoever can buy one is let in.
func (p *corsPattern) splitHost(host string) error {
	sample := host
	if prefix, suffix, wild := strings.Cut(host, "*"); wild {
		first, domain, _ := strings.Cut(suffix, ".")
		if domain == "" || strings.ContainsAny(suffix, "*[]") || strings.ContainsAny(prefix, ".[]") {
			return errors.New("may have one * and only in front of a domain, as https://*.example.com")
		}
		if registry, icann := publicsuffix.PublicSuffix(domain); icann && registry == domain {
			return fmt.Errorf("lets in whoever registers a name under .%s", domain)
		}
		p.prefix, p.suffix, p.wild = prefix, suffix, true
		p.nested = prefix == "" && first == ""
		sample = prefix + "x" + suffix
	}
	if !validOriginHost(sample) {
		return errors.New("has no host as browsers send it: ASCII letters, digits, hyphens and dots, or [IPv6]")
	}
	return nil
}

// originParts is an origin taken apart: scheme, host and an explicit port.
type originParts struct{ scheme, host, port string }

// String is the serialisation of an origin (the HTML standard, section 7.1.1).
func (o originParts) String() string {
	if o.port == "" {
		return o.scheme + "://" + o.host
	}
	return o.scheme + "://" + o.host + ":" + o.port
}

func (o originParts) wellFormed() bool {
	return validScheme(o.scheme) && validOriginHost(o.host) && strings.Trim(o.port, "0123456789") == ""
}

// splitOrigin finds the parts, whatever they hold.
func splitOrigin(text string) (o originParts, ok bool) {
	o.scheme, o.host, ok = strings.Cut(text, "://")
	if i := strings.LastIndexByte(o.host, ':'); i >= 0 && !strings.HasSuffix(o.host, "]") {
		o.host, o.port = o.host[:i], o.host[i+1:]
		ok = ok && o.port != ""
	}
	return o, ok && o.scheme != "" && o.host != ""
}

// withoutDefault drops the port that a browser leaves out.
func withoutDefault(scheme, port string) string {
	if scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		return ""
	}
	return port
}

// withoutDefaultPort does so for a Host header.
func withoutDefaultPort(scheme, host string) string {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || withoutDefault(scheme, host[i+1:]) != "" {
		return host
	}
	return host[:i]
}

func notDigit(b byte) bool { return b < '0' || b > '9' }

func lowerAlphanumeric(b byte) bool { return 'a' <= b && b <= 'z' || !notDigit(b) }

func validScheme(scheme string) bool {
	for i := range len(scheme) {
		if b := scheme[i]; !lowerAlphanumeric(b) && (i == 0 || b != '+' && b != '-' && b != '.') {
			return false
		}
	}
	return scheme != "" && notDigit(scheme[0])
}

// validOriginHost is stricter than the URL standard, whose hosts may hold most
// of ASCII: a comma or a backquote in one has fooled many an origin check.
func validOriginHost(host string) bool {
	if strings.HasPrefix(host, "[") {
		inner, ok := strings.CutSuffix(host[1:], "]")
		addr, err := netip.ParseAddr(inner)
		return ok && err == nil && addr.Is6() && addr.Zone() == "" && (addr.String() == inner || addr.Is4In6())
	}
	for i := range len(host) {
		switch b := host[i]; {
		case lowerAlphanumeric(b), b == '-', b == '_':
		case b == '.' && i > 0 && host[i-1] != '.':
		default:
			return false
		}
	}
	return host != ""
}
