package middleware

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/spikard/spikard-go/spikard/api"
)

// maxAuthorization bounds what is decoded for a client that may be anyone.
// Servers and proxies seldom pass on larger header fields.
const maxAuthorization = 16 << 10

// JWTConfig says which JSON Web Tokens are accepted: those that are signed with
// Secret's key, or with one of the key set at JWKSURL.
type JWTConfig struct {
	// Algorithm is HS256, HS384, HS512, RS256, RS384, RS512, ES256, ES384,
	// ES512, PS256, PS384, PS512 or EdDSA; with a Secret, empty is HS256. A
	// token never chooses its algorithm (RFC 8725, section 3.1).
	Algorithm string
	// Secret is the shared secret of HS256, HS384 and HS512, and for the
	// others a public key or certificate in PEM.
	Secret string
	// JWKSURL is where the issuer publishes its keys (RFC 7517), instead of
	// Secret.
	JWKSURL string
	// Algorithms are more algorithms beside Algorithm, for the keys at JWKSURL.
	Algorithms []string
	// Audience are this server's names: a token's aud must have one of them.
	// Without any, aud isn't looked at.
	Audience []string
	// Issuer is what a token's iss must be. Empty, iss isn't looked at.
	Issuer string
	// Leeway is how far the issuer's clock and this one's may be apart.
	Leeway time.Duration
	// HTTPClient fetches JWKSURL. Nil is one that follows no redirect away
	// from HTTPS.
	HTTPClient *http.Client
	// Log hears of key sets that can't be fetched. Nil is [slog.Default].
	Log *slog.Logger
}

// JWT is an [Authenticator] for bearer tokens (RFC 6750) that are signed JSON
// Web Tokens (RFC 7519).
//
// A token is refused unless its signature is right, it has an exp that is still
// to come, its nbf has passed, its iat isn't more than a minute (or the leeway)
// ahead, and its iss and aud are as configured. Where the RFCs leave a choice,
// the strict one is taken: header and claims have no member twice, a crit
// header is refused because no extension is known here, and keys are never
// taken from a token (jwk, jku, x5c, x5u) or from a file that its kid names.
//
// # Concurrency
//
// Any number of goroutines may call Authenticate. With a key set, a goroutine
// keeps it up to date until Close.
type JWT struct {
	algorithms []string
	parser     *jwt.Parser
	static     jwt.Keyfunc // nil with a key set
	keys       *jwks       // nil without
	audience   []string
	issuer     string
	leeway     time.Duration
	weak       []string
}

// NewJWT checks the configuration. With a key set, it returns without waiting
// for it: the issuer may be down for a moment, and the first tokens wait for
// the keys.
//
// # Errors
//
// The error joins all faults: an algorithm that is unknown, a key that is none
// or of another kind than the algorithm's, an RSA key below 2048 bits.
func NewJWT(config JWTConfig) (*JWT, error) {
	checked, err := config.check()
	if err != nil {
		return nil, err
	}
	j := &JWT{
		algorithms: checked.algorithms(),
		audience:   config.Audience,
		issuer:     config.Issuer,
		leeway:     config.Leeway,
		weak:       checked.weak,
	}
	// The parser's own validation of the claims takes an exp of 0 for none and
	// dates beyond an int64 for others; readClaims and judge do it instead,
	// after the signature.
	j.parser = jwt.NewParser(jwt.WithValidMethods(j.algorithms), jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation())
	if config.JWKSURL != "" {
		j.keys = newJWKS(config.JWKSURL, checked.methods, config.HTTPClient, config.Log)
		return j, nil
	}
	j.static = func(token *jwt.Token) (any, error) {
		return checked.key, checkHeader(token)
	}
	return j, nil
}

// Scheme is "bearerAuth".
func (*JWT) Scheme() string { return schemeBearer }

// Weak says what makes the configuration weaker than it should be, for the log
// at the start, or "": a secret shorter than its hash (RFC 7518, section 3.2),
// a key set that is fetched without TLS.
func (j *JWT) Weak() string { return strings.Join(j.weak, "; ") }

// Close ends what keeps the key set up to date and waits for it. Tokens of
// known keys are accepted afterwards, too.
func (j *JWT) Close() error {
	if j.keys != nil {
		j.keys.close()
	}
	return nil
}

// Presented tells whether there is an Authorization header.
func (*JWT) Presented(r *http.Request) bool { return len(r.Header["Authorization"]) > 0 }

// Authenticate checks the bearer token of the Authorization header.
func (j *JWT) Authenticate(r *http.Request) (*Principal, *api.Problem) {
	text, problem := bearerToken(r.Header["Authorization"])
	if problem != nil {
		return nil, problem
	}
	claims, err := j.verify(r.Context(), text)
	if err != nil {
		return nil, refusedToken(err.Error())
	}
	return &Principal{Subject: claims.Subject, Scheme: schemeBearer, Scopes: claims.Scopes, Claims: claims}, nil
}

// bearerToken takes the three parts of a token from the header's lines.
func bearerToken(lines []string) (string, *api.Problem) {
	if len(lines) == 0 || len(lines) == 1 && lines[0] == "" {
		return "", missingToken()
	}
	scheme, token, _ := strings.Cut(lines[0], " ")
	token = strings.Trim(token, " ")
	// Of two lines, a proxy may have checked the other one.
	if len(lines) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", foreignScheme()
	}
	if len(lines[0]) > maxAuthorization {
		return "", refusedToken(string(errTokenTooLarge))
	}
	if parts := strings.Count(token, ".") + 1; parts != 3 {
		return "", malformedToken(parts)
	}
	return token, nil
}

func (j *JWT) verify(ctx context.Context, text string) (*Claims, error) {
	// Line ends are the one thing that strict base64 still skips.
	if strings.ContainsAny(text, "\r\n") {
		return nil, errTokenInvalid
	}
	keyfunc := j.static
	if keyfunc == nil {
		keyfunc = j.keys.keyfunc(ctx)
	}
	var raw rawClaims
	token, err := j.parser.ParseWithClaims(text, &raw, keyfunc)
	if err != nil {
		return nil, j.fault(token, err)
	}
	claims, ok := readClaims(raw.json)
	if !ok {
		return nil, errTokenInvalid
	}
	if err := j.judge(claims, time.Now()); err != nil {
		return nil, err
	}
	return claims, nil
}
