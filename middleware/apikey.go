package middleware

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spikard/spikard-go/spikard/api"
)

// APIKeyConfig says which API keys are accepted and where they are looked for.
type APIKeyConfig struct {
	// Keys are accepted, each as good as the others: during a rotation, the old
	// one and the new one.
	Keys []string
	// Header is the header field that has the key. Empty is X-API-Key.
	Header string
	// Query is the query parameter that is looked at when the header field is
	// absent. Empty is api_key, "-" is none: URLs end in logs and histories.
	Query string
}

// APIKey is an [Authenticator] for keys that clients send as they are. Its
// principals' subject is "key-" and the first eight hexadecimal digits of the
// key's SHA-256, which tells keys apart in a log and doesn't give them away.
//
// # Concurrency
//
// Any number of goroutines may call Authenticate. It takes the same time for
// each key, a wrong one or a right one.
type APIKey struct {
	sums      [][sha256.Size]byte
	header    string // as configured
	canonical string
	query     string // empty: none
	challenge string
}

// NewAPIKey checks the configuration.
//
// # Errors
//
// The error joins all faults: no key, an empty one, one that is there twice, a
// header that is none.
func NewAPIKey(config APIKeyConfig) (*APIKey, error) {
	a := &APIKey{header: config.Header, query: config.Query}
	if a.header == "" {
		a.header = "X-API-Key"
	}
	switch a.query {
	case "":
		a.query = "api_key"
	case "-":
		a.query = ""
	}
	a.canonical = http.CanonicalHeaderKey(a.header)
	a.challenge = `ApiKey name="` + a.header + `"`

	var faults []error
	if !isFieldName(a.header) {
		faults = append(faults, fmt.Errorf("api key: %q can't be the name of a header field", a.header))
	}
	if len(config.Keys) == 0 {
		faults = append(faults, errors.New("api key: there is no key that could be accepted"))
	}
	for i, key := range config.Keys {
		sum := sha256.Sum256([]byte(key))
		switch {
		case key == "":
			faults = append(faults, fmt.Errorf("api key: key %d is empty", i+1))
		case slices.Contains(a.sums, sum):
			faults = append(faults, fmt.Errorf("api key: key %d is there twice", i+1))
		}
		a.sums = append(a.sums, sum)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return a, nil
}

// Scheme is "apiKeyAuth".
func (*APIKey) Scheme() string { return schemeAPIKey }

// Presented tells whether there is a key in the header field or in the query.
func (a *APIKey) Presented(r *http.Request) bool { return a.sent(r) != "" }

// Authenticate looks for the key in the header field, then in the query.
func (a *APIKey) Authenticate(r *http.Request) (*Principal, *api.Problem) {
	key := a.sent(r)
	if key == "" {
		return nil, a.missing()
	}
	sum := sha256.Sum256([]byte(key))
	// Sums are of one length, and all of them are compared: how long it takes
	// says nothing of the keys.
	found := 0
	for i := range a.sums {
		found |= subtle.ConstantTimeCompare(sum[:], a.sums[i][:])
	}
	if found == 0 {
		return nil, unauthorized("Invalid API key", "The provided API key is not valid", a.challenge)
	}
	return &Principal{Subject: "key-" + hex.EncodeToString(sum[:4]), Scheme: schemeAPIKey}, nil
}

func (a *APIKey) sent(r *http.Request) string {
	if lines := r.Header[a.canonical]; len(lines) > 0 && lines[0] != "" {
		return lines[0]
	}
	if a.query == "" {
		return ""
	}
	return queryValue(r.URL.RawQuery, a.query)
}

// queryValue gives the first value of a query parameter. [url.ParseQuery]
// would make a map of all of them.
func queryValue(query, name string) string {
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if key, err := url.QueryUnescape(key); err != nil || key != name {
			continue
		}
		if value, err := url.QueryUnescape(value); err == nil {
			return value
		}
	}
	return ""
}

// isFieldName tells whether text is a token, as the name of a header field has
// to be (RFC 9110, sections 5.1 and 5.6.2).
func isFieldName(text string) bool {
	for _, c := range []byte(text) {
		alphanumeric := '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
		if !alphanumeric && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return text != ""
}

func (a *APIKey) missing() *api.Problem {
	places := fmt.Sprintf("'%s' header", a.header)
	if a.query != "" {
		places += fmt.Sprintf(" or '%s' query parameter", a.query)
	}
	return unauthorized("Missing API key", fmt.Sprintf("Expected %s with valid API key", places), a.challenge)
}
