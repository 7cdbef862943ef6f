package middleware_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/spikard/spikard-go/middleware"
	"github.com/spikard/spikard-go/spikard/api"
)

// corsEngine serves /api/data behind the policy: with every method but PATCH,
// OPTIONS included, and a Vary of the handler's own.
func corsEngine(t testing.TB, config middleware.CORSConfig) *gin.Engine {
	t.Helper()
	cors, err := middleware.CORS(config)
	if err != nil {
		t.Fatal(err)
	}
	engine := gin.New()
	engine.Use(cors)
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"} {
		engine.Handle(method, "/api/data", func(c *gin.Context) {
			c.Header("X-Handler", "hit")
			c.Writer.Header().Add("Vary", "Accept")
			c.String(200, "data")
		})
	}
	return engine
}

// dataRequest is a request with the header's names and values in turn.
func dataRequest(method string, fields ...string) *http.Request {
	r := httptest.NewRequest(method, "/api/data", nil)
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	return r
}

func corsFields(h http.Header) string {
	var out []string
	for _, name := range []string{"Origin", "Credentials", "Methods", "Headers", "Private-Network"} {
		if lines, ok := h["Access-Control-Allow-"+name]; ok {
			out = append(out, name+"="+strings.Join(lines, "|"))
		}
	}
	for _, name := range []string{"Expose-Headers", "Max-Age"} {
		if lines, ok := h["Access-Control-"+name]; ok {
			out = append(out, name+"="+strings.Join(lines, "|"))
		}
	}
	return strings.Join(out, "; ")
}

func TestCORSAnswers(t *testing.T) {
	t.Parallel()
	const origin, evil = "https://example.com", "https://malicious-site.com"
	one := middleware.CORSConfig{AllowOrigins: []string{origin}, AllowMethods: []string{"POST"}, AllowHeaders: []string{"Content-Type"}, MaxAge: time.Hour}
	everyone := middleware.CORSConfig{AllowOrigins: []string{"*"}, AllowMethods: []string{"*"}, AllowHeaders: []string{"*"}, ExposeHeaders: []string{"*"}}
	trusted := middleware.CORSConfig{
		AllowOrigins: []string{origin, "null"}, AllowMethods: []string{"*"}, AllowHeaders: []string{"*"},
		ExposeHeaders: []string{"X-Total-Count", "X-Request-Id"}, AllowCredentials: true, AllowPrivateNetwork: true, MaxAge: -1,
	}
	const (
		preflightVary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
		refusal       = `"detail":"CORS request `
	)
	for _, tt := range []struct {
		name   string
		config middleware.CORSConfig
		r      *http.Request
		status int
		fields string
		vary   string
		body   string
	}{
		{
			"preflight", one, dataRequest("OPTIONS", "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "Content-Type"),
			204, "Origin=https://example.com; Methods=POST; Headers=Content-Type; Max-Age=3600", preflightVary, "",
		},
		{
			"preflight in lower case with spaces", one, dataRequest("OPTIONS", "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", " ,content-type\t,,"),
			204, "Origin=https://example.com; Methods=POST; Headers=Content-Type; Max-Age=3600", preflightVary, "",
		},
		{
			"preflight without headers", one, dataRequest("OPTIONS", "Origin", origin, "Access-Control-Request-Method", "GET"),
			204, "Origin=https://example.com; Methods=POST; Headers=Content-Type; Max-Age=3600", preflightVary, "",
		},
		{
			"preflight of another origin", one, dataRequest("OPTIONS", "Origin", evil, "Access-Control-Request-Method", "POST"),
			403, "", preflightVary, refusal + "from origin 'https://malicious-site.com' not allowed",
		},
		{
			"preflight with another method", one, dataRequest("OPTIONS", "Origin", origin, "Access-Control-Request-Method", "DELETE"),
			403, "", preflightVary, refusal + "with method 'DELETE' not allowed",
		},
		{
			"a method's case counts", one, dataRequest("OPTIONS", "Origin", origin, "Access-Control-Request-Method", "post"),
			403, "", preflightVary, refusal + "with method 'post' not allowed",
		},
		{
			"preflight with another header", one, dataRequest("OPTIONS", "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type,x-custom-header"),
			403, "", preflightVary, refusal + "with header 'x-custom-header' not allowed",
		},
		{
			"a second line of headers counts", one, dataRequest("OPTIONS", "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type", "Access-Control-Request-Headers", "x-more"),
			403, "", preflightVary, refusal + "with header 'x-more' not allowed",
		},
		{
			"two origins", one, dataRequest("OPTIONS", "Origin", origin, "Origin", evil, "Access-Control-Request-Method", "POST"),
			403, "", preflightVary, refusal + "from origin 'https://example.com, https://malicious-site.com' not allowed",
		},
		{
			"two methods", trusted, dataRequest("OPTIONS", "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Method", "PUT"),
			403, "", preflightVary + ", Access-Control-Request-Private-Network", refusal + "with method 'POST, PUT' not allowed",
		},
		{
			"preflight of everyone", everyone, dataRequest("OPTIONS", "Origin", evil, "Access-Control-Request-Method", "PATCH", "Access-Control-Request-Headers", "authorization,x-b"),
			204, "Origin=*; Methods=PATCH; Headers=authorization,x-b", "Access-Control-Request-Method, Access-Control-Request-Headers", "",
		},
		{
			"everyone, and no headers", everyone, dataRequest("OPTIONS", "Origin", evil, "Access-Control-Request-Method", "PATCH", "Access-Control-Request-Headers", ""),
			204, "Origin=*; Methods=PATCH", "Access-Control-Request-Method, Access-Control-Request-Headers", "",
		},
		{
			"all is not rubbish", everyone, dataRequest("OPTIONS", "Origin", evil, "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "a b"),
			403, "", "Access-Control-Request-Method, Access-Control-Request-Headers", refusal + "with header 'a b' not allowed",
		},
		{
			"with credentials a list of all is mirrored", trusted, dataRequest("OPTIONS", "Origin", origin, "Access-Control-Request-Method", "DELETE", "Access-Control-Request-Headers", "x-a"),
			204, "Origin=https://example.com; Credentials=true; Methods=DELETE; Headers=x-a; Max-Age=0", preflightVary + ", Access-Control-Request-Private-Network", "",
		},
		{
			"a private network", trusted, dataRequest("OPTIONS", "Origin", origin, "Access-Control-Request-Method", "GET", "Access-Control-Request-Private-Network", "true"),
			204, "Origin=https://example.com; Credentials=true; Methods=GET; Private-Network=true; Max-Age=0", preflightVary + ", Access-Control-Request-Private-Network", "",
		},
		{
			"a private network that isn't allowed", one, dataRequest("OPTIONS", "Origin", origin, "Access-Control-Request-Method", "GET", "Access-Control-Request-Private-Network", "true"),
			204, "Origin=https://example.com; Methods=POST; Headers=Content-Type; Max-Age=3600", preflightVary, "",
		},
		{"OPTIONS without a method", one, dataRequest("OPTIONS", "Origin", origin), 200, "Origin=https://example.com", "Origin|Accept", "data"},
		{"OPTIONS without an origin", one, dataRequest("OPTIONS", "Access-Control-Request-Method", "POST"), 200, "", "Origin|Accept", "data"},
		{"no origin", one, dataRequest("GET"), 200, "", "Origin|Accept", "data"},
		{"no origin, everyone", everyone, dataRequest("GET"), 200, "", "Accept", "data"},
		{"an allowed origin", one, dataRequest("GET", "Origin", origin), 200, "Origin=https://example.com", "Origin|Accept", "data"},
		{
			"an allowed origin with all that is set", trusted, dataRequest("GET", "Origin", origin),
			200, "Origin=https://example.com; Credentials=true; Expose-Headers=X-Total-Count, X-Request-Id", "Origin|Accept", "data",
		},
		{"everyone's origin", everyone, dataRequest("POST", "Origin", evil), 200, "Origin=*; Expose-Headers=*", "Accept", "data"},
		{"another origin", one, dataRequest("GET", "Origin", evil), 403, "", "Origin", refusal + "from origin 'https://malicious-site.com' not allowed"},
		{"another origin at no route", one, dataRequest("PATCH", "Origin", evil), 403, "", "Origin", refusal},
		{"null is an origin", one, dataRequest("GET", "Origin", "null"), 403, "", "Origin", refusal + "from origin 'null' not allowed"},
		{"null is everyone's", everyone, dataRequest("GET", "Origin", "null"), 200, "Origin=*; Expose-Headers=*", "Accept", "data"},
		{"null by name", trusted, dataRequest("GET", "Origin", "null"), 200, "Origin=null; Credentials=true; Expose-Headers=X-Total-Count, X-Request-Id", "Origin|Accept", "data"},
		{"an own origin", one, dataRequest("POST", "Origin", "http://example.com"), 200, "", "Origin|Accept", "data"},
		{"an own origin's preflight", one, dataRequest("OPTIONS", "Origin", "http://example.com", "Access-Control-Request-Method", "PUT"), 200, "", preflightVary + "|Accept", "data"},
		{"nobody is allowed", middleware.CORSConfig{}, dataRequest("GET", "Origin", origin), 403, "", "Origin", refusal},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			corsEngine(t, tt.config).ServeHTTP(w, tt.r)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.body) || (tt.body == "") != (w.Body.Len() == 0) {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, tt.status, tt.body)
			}
			if got := corsFields(w.Header()); got != tt.fields {
				t.Errorf("%s\nwant %s", got, tt.fields)
			}
			if got := strings.Join(w.Header()["Vary"], "|"); got != tt.vary {
				t.Errorf("Vary %s, want %s", got, tt.vary)
			}
			if reached := w.Header().Get("X-Handler") == "hit"; reached != (tt.status == 200) {
				t.Errorf("reached: %v", reached)
			}
		})
	}
}

// An own origin is the request's scheme and host, without the scheme's port.
func TestCORSOwnOrigin(t *testing.T) {
	t.Parallel()
	behindProxy := func(*http.Request) (string, string) { return "https", "shop.example" }
	for _, tt := range []struct {
		name, origin, host string
		tls                bool
		self               func(*http.Request) (string, string)
		status             int
	}{
		{name: "plain", origin: "http://own.example:8080", host: "own.example:8080", status: 200},
		{name: "case", origin: "http://own.example", host: "Own.Example", status: 200},
		{name: "the scheme's port", origin: "http://own.example", host: "own.example:80", status: 200},
		{name: "TLS", origin: "https://own.example", host: "own.example:443", tls: true, status: 200},
		{name: "IPv6", origin: "http://[::1]", host: "[::1]", status: 200},
		{name: "another scheme", origin: "https://own.example", host: "own.example", status: 403},
		{name: "another scheme's port", origin: "http://own.example", host: "own.example:443", status: 403},
		{name: "another port", origin: "http://own.example:81", host: "own.example", status: 403},
		{name: "another host", origin: "http://own.example.evil.com", host: "own.example", status: 403},
		{name: "no host", origin: "http://", host: "", status: 403},
		{name: "null", origin: "null", host: "null", status: 403},
		{name: "behind a proxy", origin: "https://shop.example", host: "inner", self: behindProxy, status: 200},
		{name: "not the inner name", origin: "http://inner", host: "inner", self: behindProxy, status: 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := dataRequest("POST", "Origin", tt.origin)
			r.Host = tt.host
			if tt.tls {
				r.TLS = &tls.ConnectionState{}
			}
			w := httptest.NewRecorder()
			corsEngine(t, middleware.CORSConfig{AllowOrigins: []string{"https://other.example"}, Self: tt.self}).ServeHTTP(w, r)
			if w.Code != tt.status || corsFields(w.Header()) != "" || w.Header().Get("Vary") != "Origin" {
				t.Errorf("%d %v, want %d", w.Code, w.Header(), tt.status)
			}
		})
	}
}

// A Vary that stood there before stays, and the shared line isn't written into.
func TestCORSAddsToVary(t *testing.T) {
	t.Parallel()
	one, err := middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"https://example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	everyone, err := middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"*"}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, tt := range []struct {
			cors   gin.HandlerFunc
			before []string
			want   string
		}{
			{one, []string{"Accept-Encoding"}, "Accept-Encoding|Origin"},
			{one, nil, "Origin"},
			{everyone, []string{"Accept-Encoding"}, "Accept-Encoding"},
			{everyone, nil, ""},
		} {
			c, _ := gin.CreateTestContext(httptest.NewRecorder())
			c.Request = dataRequest("GET")
			header := c.Writer.Header()
			if tt.before != nil {
				header["Vary"] = tt.before
			}
			tt.cors(c)
			if got := strings.Join(header["Vary"], "|"); got != tt.want {
				t.Errorf("%v: %s, want %s", tt.before, got, tt.want)
			}
			header.Add("Vary", "Cookie")
		}
	}
}

func TestCORSOverASocket(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(corsEngine(t, middleware.CORSConfig{AllowOrigins: []string{"https://*.example.com"}, AllowHeaders: []string{"X-Custom-Header"}}))
	defer server.Close()
	for _, tt := range []struct {
		method, origin, body string
		status               int
	}{
		{"OPTIONS", "https://a.example.com", "", 204},
		{"OPTIONS", "https://a.example.com.evil.com", `{"type":"https://spikard.dev/errors/cors-not-allowed","title":"Forbidden","status":403,"detail":"CORS request from origin 'https://a.example.com.evil.com' not allowed"}`, 403},
		{"POST", "https://a.example.com", "data", 200},
		{"POST", server.URL, "data", 200},
	} {
		r, _ := http.NewRequest(tt.method, server.URL+"/api/data", nil)
		r.Header.Set("Origin", tt.origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers", "x-custom-header")
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != tt.status || string(body) != tt.body {
			t.Errorf("%s %s: %d %s", tt.method, tt.origin, answer.StatusCode, body)
		}
		if allowed := answer.Header.Get("Access-Control-Allow-Origin"); (allowed == tt.origin) != (tt.origin == "https://a.example.com") {
			t.Errorf("%s %s: allows %q", tt.method, tt.origin, allowed)
		}
	}
}

func TestCORSFaults(t *testing.T) {
	t.Parallel()
	_, err := middleware.CORS(middleware.CORSConfig{
		AllowOrigins: []string{
			"*", "https://example.com/", "example.com", "https://", "https://*", "https://*.com", "https://*.co.uk", "https://a.*.com",
			"https://*.*.example.com", "https://example*", "https://user@example.com", "https://example.com:0", "https://example.com:99999",
			"https://example.com:*1", "https://m\u00fcnchen.example", "1http://example.com", "http://[::1", "http://[*.x]", "", "https://a..b.example", "http://[0:0::1]",
		},
		AllowOriginRegex: "(",
		AllowMethods:     []string{"patch", "TRACE", "A B", "GET"},
		AllowHeaders:     []string{"X-Good", "X Bad", "X-\x11"},
		ExposeHeaders:    []string{"*", ""},
		AllowCredentials: true,
		MaxAge:           3600,
	})
	if err == nil {
		t.Fatal("no fault")
	}
	want := []string{
		`AllowOrigins[1]: "https://example.com/" has more than an origin`, `AllowOrigins[2]: "example.com" is no origin`,
		"AllowOrigins[3]", "AllowOrigins[4]", `AllowOrigins[5]: "https://*.com" lets in whoever registers a name under .com`,
		"AllowOrigins[6]", "AllowOrigins[7]", "AllowOrigins[8]", "AllowOrigins[9]", "AllowOrigins[10]", "AllowOrigins[11]", "AllowOrigins[12]",
		"AllowOrigins[13]", "AllowOrigins[14]", "AllowOrigins[15]", "AllowOrigins[16]", "AllowOrigins[17]", "AllowOrigins[18]", "AllowOrigins[19]", "AllowOrigins[20]",
		`AllowOrigins: "*" with AllowCredentials`, "AllowOriginRegex: error parsing regexp",
		`AllowMethods[0]: "patch" is not PATCH`, `AllowMethods[1]: "TRACE" is a method that no page may use`, "AllowMethods[2]",
		"AllowHeaders[1]", "AllowHeaders[2]", "ExposeHeaders[1]", "ExposeHeaders: with credentials", "MaxAge: 3.6\u00b5s is not in whole seconds",
	}
	faults := strings.Split(err.Error(), "\n")
	for i, fault := range faults {
		if i >= len(want) || !strings.HasPrefix(fault, "cors: "+want[i]) {
			t.Errorf("%s", fault)
		}
	}
	if len(faults) != len(want) {
		t.Errorf("%d faults, want %d", len(faults), len(want))
	}
	for _, expr := range []string{`a)|(b`, `https://.*`, `.*`} {
		if _, err := middleware.CORS(middleware.CORSConfig{AllowOriginRegex: expr, AllowCredentials: true}); err == nil {
			t.Errorf("%s is no fault", expr)
		}
	}
}

// A Refuse of the caller's own answers in the place of WriteProblem.
func TestCORSRefuse(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	corsEngine(t, middleware.CORSConfig{Refuse: refuseAsTeapot}).ServeHTTP(w, dataRequest("GET", "Origin", "https://example.com"))
	if w.Code != 418 || w.Body.String() != "CORS request from origin 'https://example.com' not allowed" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func refuseAsTeapot(c *gin.Context, p *api.Problem) {
	if !c.IsAborted() {
		panic("not aborted")
	}
	c.String(http.StatusTeapot, p.Detail)
}

func TestCORSAllocatesNothing(t *testing.T) {
	cors, err := middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"https://*.example.com"}, ExposeHeaders: []string{"X-A"}, AllowCredentials: true})
	if err != nil {
		t.Fatal(err)
	}
	if n := allocations(dataRequest("GET", "Origin", "https://a.example.com"), cors); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkCORS(b *testing.B) {
	for _, bb := range []struct {
		name   string
		config middleware.CORSConfig
	}{
		{"exact", middleware.CORSConfig{AllowOrigins: []string{"https://a.example.com"}, AllowCredentials: true, ExposeHeaders: []string{"X-A"}}},
		{"wildcard", middleware.CORSConfig{AllowOrigins: []string{"https://*.example.com"}}},
		{"regex", middleware.CORSConfig{AllowOriginRegex: `https://[a-z]+\.example\.com`}},
		{"everyone", middleware.CORSConfig{AllowOrigins: []string{"*"}}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			cors, err := middleware.CORS(bb.config)
			if err != nil {
				b.Fatal(err)
			}
			driveChain(b, dataRequest("GET", "Origin", "https://a.example.com"), cors)
		})
	}
}
