package middleware

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

// corsList is what a policy allows of methods or of headers.
type corsList struct {
	// any says that "*" was among them.
	any   bool
	names []string
	// line is the list as it was configured, ready to be sent. Nil if empty.
	line []string
}

func newCORSList(names []string) corsList {
	l := corsList{any: slices.Contains(names, "*"), names: names}
	if len(names) > 0 && !l.any {
		l.line = []string{strings.Join(names, ", ")}
	}
	return l
}

// newCORSMethods checks the methods. Their case counts: browsers write GET for
// get, but patch stays patch and isn't PATCH.
func newCORSMethods(methods []string) (corsList, []error) {
	if len(methods) == 0 {
		return newCORSList(corsSafeMethods()), nil
	}
	var faults []error
	for i, method := range methods {
		reason := ""
		switch upper := strings.ToUpper(method); {
		case !isToken(method):
			reason = "is no method"
		case upper == http.MethodConnect || upper == http.MethodTrace || upper == "TRACK":
			reason = "is a method that no page may use"
		case method != upper:
			reason = "is not " + upper + ": methods have a case"
		}
		if reason != "" {
			faults = append(faults, corsFault(fmt.Sprintf("AllowMethods[%d]", i), strconv.Quote(method)+" "+reason))
		}
	}
	return newCORSList(slices.Clone(methods)), faults
}

func newCORSHeaders(field string, names []string) (corsList, []error) {
	var faults []error
	for i, name := range names {
		if !isToken(name) {
			faults = append(faults, corsFault(fmt.Sprintf("%s[%d]", field, i), strconv.Quote(name)+" is no header's name"))
		}
	}
	return newCORSList(slices.Clone(names)), faults
}

// corsSafeMethods are those that a browser sends whatever a preflight says.
func corsSafeMethods() []string { return []string{http.MethodGet, http.MethodHead, http.MethodPost} }

func corsSafeMethod(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodPost
}

// preflight answers what a browser asks before the request of a page, by the
// checks that the browser then makes itself (Fetch, CORS-preflight fetch, step
// 7). An own origin is never asked for; a client that asks all the same reaches
// the handler, as with any OPTIONS request.
func (p *corsPolicy) preflight(c *gin.Context, origin, method string) {
	asked := c.Request.Header[headerRequestHeaders]
	header := c.Writer.Header()
	addVary(header, p.preflightVary)
	if !p.origins.allow(origin) {
		if !p.own(origin, c.Request) {
			p.refused(c, "CORS request from origin '"+origin+"' not allowed")
		}
		return
	}
	if !p.allowMethod(method) {
		p.refused(c, "CORS request with method '"+method+"' not allowed")
		return
	}
	if name, ok := p.allowHeaders(asked); !ok {
		p.refused(c, "CORS request with header '"+name+"' not allowed")
		return
	}
	p.admit(header, c.Request.Header[headerOrigin])
	p.grant(header, c.Request.Header)
	c.AbortWithStatus(http.StatusNoContent)
}

// grant writes the lists. A list of all mirrors what was asked for, since
// browsers take "*" for a name when there are credentials, and it never stands
// for Authorization.
func (p *corsPolicy) grant(header, request http.Header) {
	methods, headers := p.methods.line, p.headers.line
	if p.methods.any {
		methods = request[headerRequestMethod]
	}
	if p.headers.any && corsLine(request[headerRequestHeaders]) != "" {
		headers = request[headerRequestHeaders]
	}
	setLines(header, headerAllowMethods, methods)
	setLines(header, headerAllowHeaders, headers)
	setLines(header, headerMaxAge, p.maxAge)
	if private := request[headerRequestPrivate]; p.privateNetwork && corsLine(private) == "true" {
		header[headerAllowPrivate] = private
	}
}

func (p *corsPolicy) allowMethod(method string) bool {
	return isToken(method) && (p.methods.any || corsSafeMethod(method) || slices.Contains(p.methods.names, method))
}

// allowHeaders checks every header that was asked for, or names the first that
// isn't allowed. A safelisted one is asked for only when its value isn't safe,
// and has to be allowed like any other.
func (p *corsPolicy) allowHeaders(lines []string) (string, bool) {
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.Trim(name, " \t")
			if name != "" && !p.allowHeader(name) {
				return name, false
			}
		}
	}
	return "", true
}

func (p *corsPolicy) allowHeader(name string) bool {
	if !isToken(name) {
		return false
	}
	for _, allowed := range p.headers.names {
		if strings.EqualFold(allowed, name) {
			return true
		}
	}
	return p.headers.any
}

// isToken tells a token (RFC 9110, section 5.6.2): a method or a field's name.
func isToken(text string) bool {
	for i := range len(text) {
		b := text[i]
		if !lowerAlphanumeric(b) && (b < 'A' || b > 'Z') && strings.IndexByte("!#$%&'*+-.^_`|~", b) < 0 {
			return false
		}
	}
	return text != ""
}
