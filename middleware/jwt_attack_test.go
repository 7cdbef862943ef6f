package middleware_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"math/big"
	"strings"
	"testing"

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
