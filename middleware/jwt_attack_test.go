package middleware_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"github.com/spikard/spikard-go/middleware"
)

// TestJWTAttacks is the list of what has worked against one library or another
// (RFC 8725 and the CVEs behind it). Each token is refused, and the token that
// it was made from is accepted.
func TestJWTAttacks(t *testing.T) {
	t.Parallel()
	const (
		invalid   = "Token is invalid"
		algorithm = "Token algorithm is not allowed"
		signature = "Token signature is invalid"
		tooLarge  = "Token is too large"
	)
	es256 := jwtKeys()["ES256"].(*ecdsa.PrivateKey)
	claims := claimsUntil(farAway)
	hmacOf := func(secret, header, claims string) string {
		return signToken(t, "HS256", []byte(secret), header, claims)
	}
	hs := func(header string) string { return hmacOf(jwtSecret, header, claims) }
	good := hs(`{"alg":"HS256"}`)
	goodES := signToken(t, "ES256", es256, `{"alg":"ES256"}`, claims)
	rsPEM := publicPEM(t, jwtKeys()["RS256"])

	secretAuth := newJWT(t, middleware.JWTConfig{})
	auths := map[string]*middleware.JWT{
		"HS256": secretAuth,
		"RS256": newJWT(t, middleware.JWTConfig{Algorithm: "RS256", Secret: rsPEM}),
		"ES256": newJWT(t, middleware.JWTConfig{Algorithm: "ES256", Secret: publicPEM(t, es256)}),
		"EdDSA": newJWT(t, middleware.JWTConfig{Algorithm: "EdDSA", Secret: publicPEM(t, jwtKeys()["EdDSA"])}),
	}
	for alg, token := range map[string]string{"HS256": good, "ES256": goodES} {
		if detail := detailOf(t, auths[alg], token); detail != "" {
			t.Fatalf("the good token of %s: %s", alg, detail)
		}
	}

	type attack struct{ name, token, detail string }
	attacks := map[string][]attack{"HS256": {
		{"signature stripped", good[:strings.LastIndexByte(good, '.')+1], signature},
		{"signature cut", good[:len(good)-2], signature},
		{"signature of another token", hs256(t, `{"sub":"admin","exp":4102444800}`)[:0] + swapClaims(good, `{"sub":"admin","exp":4102444800}`), signature},
		{"claims changed and unsigned", segment(`{"alg":"HS256"}`) + "." + segment(claims) + ".AAAA", signature},
		{"signature is no base64", good[:len(good)-1] + "!", signature},
		{"signature with padding", good + "=", signature},
		{"signature in the other alphabet", withOtherAlphabet(t), signature},
		{"signature with loose bits", looseBits(good), signature},
		{"signature with something behind it", good + "AAAA", signature},
		{"signed with an empty secret", hmacOf("", `{"alg":"HS256"}`, claims), signature},
		{"signed with another secret", hmacOf(jwtSecret+" ", `{"alg":"HS256"}`, claims), signature},
		{"header with padding", strings.Replace(good, ".", "=.", 1), invalid},
		{"header in the other alphabet", "+/" + good, invalid},
		{"line ends within", good[:8] + "\r\n" + good[8:], invalid},
		{"a line end behind", good + "\n", invalid},
		{"a space within", good[:8] + " " + good[8:], invalid},
		{"header is no JSON", hs(`{"alg":"HS256"`), invalid},
		{"header has rubbish behind", hs(`{"alg":"HS256"}x`), invalid},
		{"header is a list", hs(`["HS256"]`), invalid},
		{"alg missing", hs(`{"typ":"JWT"}`), algorithm},
		{"alg a list", hs(`{"alg":["HS256"]}`), algorithm},
		{"alg null", hs(`{"alg":null}`), algorithm},
		{"alg in another case", hs(`{"alg":"hs256"}`), algorithm},
		{"alg of the family", hs(`{"alg":"HS512"}`), algorithm},
		{"alg unknown", hs(`{"alg":"HS1"}`), algorithm},
		{"alg twice", hs(`{"alg":"none","alg":"HS256"}`), invalid},
		{"alg twice, once escaped", hs(`{"alg":"HS256","\u0061lg":"HS256"}`), invalid},
		{"crit unknown", hs(`{"alg":"HS256","crit":["exp"],"exp":1}`), invalid},
		{"crit empty", hs(`{"alg":"HS256","crit":[]}`), invalid},
		{"crit null", hs(`{"alg":"HS256","crit":null}`), invalid},
		{"b64 with crit", hs(`{"alg":"HS256","b64":false,"crit":["b64"]}`), invalid},
		{"b64 without crit", hs(`{"alg":"HS256","b64":false}`), invalid},
		{"b64 as a text", hs(`{"alg":"HS256","b64":"true"}`), invalid},
		{"b64 with plain claims", unencoded(t, claims), invalid},
		{"kid no text", hs(`{"alg":"HS256","kid":["a"]}`), invalid},
		{"oversized", "x" + strings.Repeat("a", 16<<10) + ".b.c", tooLarge},
		{"oversized and signed", hmacOf(jwtSecret, `{"alg":"HS256"}`, `{"exp":4102444800,"x":"`+strings.Repeat("x", 16<<10)+`"}`), tooLarge},
		{"deep claims", hmacOf(jwtSecret, `{"alg":"HS256"}`, strings.Repeat("[", 12000)), invalid},
		{"deep header", segment(strings.Repeat(`{"a":`, 2400)) + ".e30.", invalid},
	}}
	for _, none := range casings("none") {
		for _, sig := range []string{"", "AAAA"} {
			attacks["HS256"] = append(attacks["HS256"], attack{"alg " + none + " signed " + sig, segment(`{"alg":"`+none+`"}`) + "." + segment(claims) + "." + sig, algorithm})
		}
		attacks["RS256"] = append(attacks["RS256"], attack{"alg " + none, segment(`{"alg":"`+none+`"}`) + "." + segment(claims) + ".", algorithm})
	}
	for _, key := range []string{rsPEM, strings.TrimSpace(rsPEM), "\n" + rsPEM} {
		for _, alg := range []string{"HS256", "HS384", "HS512"} {
			attacks["RS256"] = append(attacks["RS256"], attack{"public key as " + alg + "'s secret", signToken(t, alg, []byte(key), `{"alg":"`+alg+`"}`, claims), algorithm})
		}
		attacks["RS256"] = append(attacks["RS256"], attack{"the same under the right name", signToken(t, "HS256", []byte(key), `{"alg":"RS256"}`, claims), signature})
	}
	r, s := halves(t, goodES)
	order := elliptic.P256().Params().N
	attacks["ES256"] = []attack{
		{"r and s 0 (psychic signature)", withSignature(goodES, make([]byte, 64)), signature},
		{"r and s the order", withSignature(goodES, pair(order, order, 32)), signature},
		{"r 0", withSignature(goodES, pair(new(big.Int), s, 32)), signature},
		{"s 0", withSignature(goodES, pair(r, new(big.Int), 32)), signature},
		{"r beyond the order", withSignature(goodES, pair(new(big.Int).Add(r, order), s, 33)), signature},
		{"longer numbers", withSignature(goodES, pair(r, s, 33)), signature},
		{"a zero behind", withSignature(goodES, append(pair(r, s, 32), 0)), signature},
		{"DER", withSignature(goodES, der(t, es256, goodES)), signature},
		{"empty", withSignature(goodES, nil), signature},
		{"signed with another curve", signES256With(t, elliptic.P384(), claims), signature},
	}
	edToken := signToken(t, "EdDSA", jwtKeys()["EdDSA"], `{"alg":"EdDSA"}`, claims)
	attacks["EdDSA"] = []attack{
		{"short signature", edToken[:len(edToken)-4], signature},
		{"zeros", withSignature(edToken, make([]byte, ed25519.SignatureSize)), signature},
		{"RSA's name", signToken(t, "RS256", jwtKeys()["RS256"], `{"alg":"EdDSA"}`, claims), signature},
	}

	for alg, list := range attacks {
		for _, a := range list {
			if detail := detailOf(t, auths[alg], a.token); detail != a.detail {
				t.Errorf("%s, %s: %q, want %q", alg, a.name, detail, a.detail)
			}
		}
	}
}

// TestJWTKeyInHeader signs with a key that the token itself brings, in each of
// the ways that RFC 7515 has. Nothing may be fetched either.
func TestJWTKeyInHeader(t *testing.T) {
	t.Parallel()
	fetched := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was fetched", r.URL) }))
	t.Cleanup(fetched.Close)
	mine, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwk := jwkOf(t, mine.Public(), jwkset.JWKMetadataOptions{KID: "mine", ALG: "ES256", USE: jwkset.UseSig})
	fixed := newJWT(t, middleware.JWTConfig{Algorithm: "ES256", Secret: publicPEM(t, jwtKeys()["ES256"])})
	set := newJWT(t, middleware.JWTConfig{Algorithm: "ES256", JWKSURL: newIssuer(t, "theirs").URL})
	if detail := detailOf(t, set, tokenOf(t, "theirs")); detail != "" {
		t.Fatal(detail)
	}
	for _, header := range []string{
		`"jwk":` + string(jwk),
		`"jku":"` + fetched.URL + `"`,
		`"x5u":"` + fetched.URL + `"`,
		`"x5c":["` + base64.StdEncoding.EncodeToString([]byte("x")) + `"]`,
		`"kid":"theirs","jwk":` + string(jwk),
	} {
		token := signToken(t, "ES256", mine, `{"alg":"ES256",`+header+`}`, claimsUntil(farAway))
		for name, a := range map[string]*middleware.JWT{"fixed": fixed, "set": set} {
			if detail := detailOf(t, a, token); detail != "Token signature is invalid" {
				t.Errorf("%s, %s: %q", name, header, detail)
			}
		}
	}
}

// TestJWTKid sends key ids that would mean something to a file system, a
// database or a log. To a map they are unknown.
func TestJWTKid(t *testing.T) {
	t.Parallel()
	a := newJWT(t, middleware.JWTConfig{})
	issuer := newIssuer(t, "k")
	set := newJWT(t, middleware.JWTConfig{Algorithm: "ES256", JWKSURL: issuer.URL, Log: quiet()})
	if detail := detailOf(t, set, tokenOf(t, "k")); detail != "" {
		t.Fatal(detail)
	}
	for _, kid := range []string{
		"../../../../dev/null", "/dev/null", `C:\\secret`, "k' OR '1'='1", "k\x00", "K", "k ", "${jndi:ldap://x}", "$(id)",
		issuer.URL, "http://169.254.169.254/", strings.Repeat("k", 8<<10),
	} {
		quoted, err := json.Marshal(kid)
		if err != nil {
			t.Fatal(err)
		}
		header := fmt.Sprintf(`{"alg":"%%s","kid":%s}`, quoted)
		for _, secret := range []string{"", "\x00"} {
			token := signToken(t, "HS256", []byte(secret), fmt.Sprintf(header, "HS256"), claimsUntil(farAway))
			if detail := detailOf(t, a, token); detail != "Token signature is invalid" {
				t.Errorf("%.40q: %q", kid, detail)
			}
		}
		stop, cancel := contextThatEnded(t)
		r := httptest.NewRequest("GET", "/", nil).WithContext(stop)
		cancel()
		r.Header.Set("Authorization", "Bearer "+signToken(t, "ES256", jwtKeys()["ES256"], fmt.Sprintf(header, "ES256"), claimsUntil(farAway)))
		if _, problem := set.Authenticate(r); problem == nil || problem.Detail != "Token key is unknown" {
			t.Errorf("%.40q: %v", kid, problem)
		}
	}
}

// FuzzJWT looks for a token that isn't signed and is accepted, and for a
// panic.
func FuzzJWT(f *testing.F) {
	good := hs256(f, claimsUntil(farAway))
	f.Add(good)
	f.Add("..")
	f.Add(segment(`{"alg":"none"}`) + "." + segment(claimsUntil(farAway)) + ".")
	f.Add(segment(`{"alg":"HS256","kid":"`+"\x00"+`"}`) + "." + segment(`{"exp":1e400}`) + ".AA")
	a := newJWT(f, middleware.JWTConfig{})
	f.Fuzz(func(t *testing.T, token string) {
		if detailOf(t, a, token) == "" && strings.Trim(token, " ") != good {
			t.Errorf("%q is accepted", token)
		}
	})
}

// casings writes a word in all its casings.
func casings(word string) []string {
	all := map[string]bool{}
	for bits := range 1 << len(word) {
		var b strings.Builder
		for i := range len(word) {
			letter := word[i : i+1]
			if bits>>i&1 == 1 {
				letter = strings.ToUpper(letter)
			}
			b.WriteString(letter)
		}
		all[b.String()] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// swapClaims puts other claims under a token's signature.
func swapClaims(token, claims string) string {
	parts := strings.Split(token, ".")
	return parts[0] + "." + segment(claims) + "." + parts[2]
}

func withSignature(token string, signature []byte) string {
	return token[:strings.LastIndexByte(token, '.')+1] + base64.RawURLEncoding.EncodeToString(signature)
}

func signatureOf(t *testing.T, token string) []byte {
	t.Helper()
	signature, err := base64.RawURLEncoding.DecodeString(token[strings.LastIndexByte(token, '.')+1:])
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

// withOtherAlphabet finds a token whose signature has a - or _ and writes it
// with + and /.
func withOtherAlphabet(t *testing.T) string {
	t.Helper()
	for i := range 1000 {
		token := hs256(t, claimsUntil(farAway+int64(i)))
		at := strings.LastIndexByte(token, '.')
		if other := strings.NewReplacer("-", "+", "_", "/").Replace(token[at:]); other != token[at:] {
			return token[:at] + other
		}
	}
	t.Fatal("no signature has a - or _")
	return ""
}

// looseBits sets the bits of the last digit that mean nothing: 32 bytes are 43
// digits, of which the last has 4 bits.
func looseBits(token string) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(digits, token[len(token)-1])
	return token[:len(token)-1] + digits[last|3:last|3+1]
}

// unencoded is a token as RFC 7797 has it: the claims are signed as they are.
func unencoded(t *testing.T, claims string) string {
	t.Helper()
	header := segment(`{"alg":"HS256","b64":false,"crit":["b64"]}`)
	signature, err := jwt.SigningMethodHS256.Sign(header+"."+claims, []byte(jwtSecret))
	if err != nil {
		t.Fatal(err)
	}
	return header + "." + claims + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func halves(t *testing.T, token string) (r, s *big.Int) {
	t.Helper()
	signature := signatureOf(t, token)
	return new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
}

func pair(r, s *big.Int, size int) []byte {
	out := make([]byte, 2*size)
	r.FillBytes(out[:size])
	s.FillBytes(out[size:])
	return out
}

// der signs anew, in the form that X.509 uses.
func der(t *testing.T, key *ecdsa.PrivateKey, token string) []byte {
	t.Helper()
	hash := crypto.SHA256.New()
	hash.Write([]byte(token[:strings.LastIndexByte(token, '.')]))
	signature, err := key.Sign(rand.Reader, hash.Sum(nil), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

// signES256With signs with a key of another curve, cut to ES256's length.
func signES256With(t *testing.T, curve elliptic.Curve, claims string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	token := signToken(t, "ES384", key, `{"alg":"ES256"}`, claims)
	return withSignature(token, signatureOf(t, token)[:64])
}
