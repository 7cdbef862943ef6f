package middleware

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
)

// Claims are what an accepted JSON Web Token says (RFC 7519, section 4).
type Claims struct {
	Subject, Issuer, ID string
	Audience            []string
	// ExpiresAt, NotBefore and IssuedAt are zero when the claim is absent. They
	// may lie beyond the year 9999, which time.Time holds and its JSON doesn't.
	ExpiresAt, NotBefore, IssuedAt time.Time
	// Scopes are those of the claims scope (RFC 8693, section 4.2), scopes and
	// scp, each a list or a text with spaces between, and none of them twice.
	Scopes []string
	// All are all claims, decoded. Numbers are [json.Number]: a float64 would
	// round large ones.
	All map[string]any
}

// rawClaims keeps a token's claims as they are until its signature is checked.
// The embedded interface stays nil: the parser asks it only when it validates
// claims itself.
type rawClaims struct {
	jwt.Claims
	json []byte
}

func (r *rawClaims) UnmarshalJSON(raw []byte) error {
	r.json = bytes.Clone(raw)
	return nil
}

// readClaims decodes the claims. It refuses what is no object, has a member
// twice, or has a registered claim of another type than RFC 7519's.
func readClaims(raw []byte) (*Claims, bool) {
	var all map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if !utf8.Valid(raw) || dec.Decode(&all) != nil || all == nil || members(raw) != len(all) {
		return nil, false
	}
	r := claimReader{all: all}
	claims := &Claims{
		Subject:   r.text("sub"),
		Issuer:    r.text("iss"),
		ID:        r.text("jti"),
		Audience:  r.audience(),
		ExpiresAt: r.date("exp"),
		NotBefore: r.date("nbf"),
		IssuedAt:  r.date("iat"),
		Scopes:    scopes(all["scope"], all["scopes"], all["scp"]),
		All:       all,
	}
	return claims, !r.faulty
}

// claimReader reads claims by their type; faulty says that one has another.
type claimReader struct {
	all    map[string]any
	faulty bool
}

func (r *claimReader) text(name string) string {
	value, there := r.all[name]
	text, ok := value.(string)
	r.faulty = r.faulty || there && !ok
	return text
}

// audience is one text or a list of them.
func (r *claimReader) audience() []string {
	list, isList := r.all["aud"].([]any)
	if !isList {
		if one := r.text("aud"); one != "" {
			return []string{one}
		}
		return nil
	}
	audience := make([]string, 0, len(list))
	for _, value := range list {
		text, ok := value.(string)
		r.faulty = r.faulty || !ok
		audience = append(audience, text)
	}
	return audience
}

func (r *claimReader) date(name string) time.Time {
	value, there := r.all[name]
	if !there {
		return time.Time{}
	}
	number, isNumber := value.(json.Number)
	date, ok := numericDate(string(number))
	r.faulty = r.faulty || !isNumber || !ok
	return date
}

// maxSeconds bounds dates to where time.Time computes without overflow and a
// float64 knows each second: 285 million years to either side.
const maxSeconds = 1 << 53

// numericDate reads seconds since 1970, with or without a fraction (RFC 7519,
// section 2).
func numericDate(number string) (time.Time, bool) {
	if seconds, err := strconv.ParseInt(number, 10, 64); err == nil {
		return time.Unix(seconds, 0).UTC(), -maxSeconds <= seconds && seconds <= maxSeconds
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || math.Abs(f) > maxSeconds {
		return time.Time{}, false
	}
	seconds, fraction := math.Modf(f)
	return time.Unix(int64(seconds), int64(fraction*float64(time.Second))).UTC(), true
}

// scopes joins claims that are lists of texts or texts with spaces between.
// What is neither grants nothing.
func scopes(claims ...any) []string {
	var all []string
	add := func(scope string) {
		if scope != "" && !slices.Contains(all, scope) {
			all = append(all, scope)
		}
	}
	for _, claim := range claims {
		switch claim := claim.(type) {
		case string:
			for scope := range strings.SplitSeq(claim, " ") {
				add(scope)
			}
		case []any:
			for _, value := range claim {
				scope, _ := value.(string)
				add(scope)
			}
		case []string: // of a session, before it has been a cookie
			for _, scope := range claim {
				add(scope)
			}
		}
	}
	return all
}

// members counts the members of a JSON object that is known to be well formed,
// those that have the same name, too.
func members(object []byte) (n int) {
	depth, inText := 0, false
	for i := 0; i < len(object); i++ {
		switch c := object[i]; {
		case inText && c == '\\':
			i++
		case c == '"':
			inText = !inText
		case inText:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		case c == ':' && depth == 1:
			n++
		}
	}
	return n
}
