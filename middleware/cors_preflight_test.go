package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/middleware"
)

// fetchAccepts is the browser's side, written from the Fetch standard: the CORS
// check, then CORS-preflight fetch, step 7. unsafe are the request's
// CORS-unsafe request-header names.
func fetchAccepts(answer *http.Response, origin, method string, unsafe []string, credentials bool) bool {
	return fetchCORSCheck(answer, origin, credentials) && answer.StatusCode >= 200 && answer.StatusCode <= 299 &&
		fetchAllowsMethod(fetchList(answer, "Access-Control-Allow-Methods"), method, credentials) &&
		fetchAllowsHeaders(fetchList(answer, "Access-Control-Allow-Headers"), unsafe, credentials)
}

func fetchCORSCheck(answer *http.Response, origin string, credentials bool) bool {
	got := strings.Join(answer.Header.Values("Access-Control-Allow-Origin"), ", ")
	if !credentials && got == "*" {
		return true
	}
	return got == origin && (!credentials || answer.Header.Get("Access-Control-Allow-Credentials") == "true")
}

func fetchList(answer *http.Response, name string) []string {
	var out []string
	for item := range strings.SplitSeq(strings.Join(answer.Header.Values(name), ","), ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

func fetchAllowsMethod(methods []string, method string, credentials bool) bool {
	safelisted := method == "GET" || method == "HEAD" || method == "POST"
	return safelisted || slices.Contains(methods, method) || !credentials && slices.Contains(methods, "*")
}

func fetchAllowsHeaders(allowed, unsafe []string, credentials bool) bool {
	for _, name := range unsafe {
		named := slices.ContainsFunc(allowed, func(a string) bool { return strings.EqualFold(a, name) })
		starred := slices.Contains(allowed, "*") && !credentials && name != "authorization"
		if !named && !starred {
			return false
		}
	}
	return true
}

// What is answered with 204 a browser accepts, and what it would not accept is
// answered with 403, for every mix of policy and request.
func TestCORSPreflightIsWhatBrowsersAccept(t *testing.T) {
	t.Parallel()
	const origin = "https://a.example.com"
	origins := map[string]bool{"*": true, origin: true, "https://*.example.com": true, "https://other.example": false}
	methods := [][]string{nil, {"GET"}, {"PUT", "PATCH"}, {"*"}}
	headers := [][]string{nil, {"Content-Type"}, {"X-A", "Authorization"}, {"*"}}
	for allowed, originAllowed := range origins {
		for _, credentials := range []bool{false, true} {
			if allowed == "*" && credentials {
				continue // a fault
			}
			for _, m := range methods {
				for _, h := range headers {
					engine := corsEngine(t, middleware.CORSConfig{AllowOrigins: []string{allowed}, AllowMethods: m, AllowHeaders: h, AllowCredentials: credentials})
					for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
						for _, names := range [][]string{nil, {"content-type"}, {"authorization", "x-a"}, {"accept"}} {
							r := dataRequest("OPTIONS", "Origin", origin, "Access-Control-Request-Method", method)
							if names != nil {
								r.Header.Set("Access-Control-Request-Headers", strings.Join(names, ","))
							}
							w := httptest.NewRecorder()
							engine.ServeHTTP(w, r)
							accepted := fetchAccepts(w.Result(), origin, method, names, credentials)
							allow := originAllowed && fetchAllowsMethod(m, method, credentials && !slices.Contains(m, "*")) && policyAllows(h, names)
							if accepted != (w.Code == 204) || accepted != allow || !accepted && w.Code != 403 {
								t.Errorf("%s %v %v (credentials %v): %s %v: %d %v", allowed, m, h, credentials, method, names, w.Code, w.Header())
							}
						}
					}
				}
			}
		}
	}
}

func policyAllows(allowed, names []string) bool {
	return slices.Contains(allowed, "*") || fetchAllowsHeaders(allowed, names, true)
}
