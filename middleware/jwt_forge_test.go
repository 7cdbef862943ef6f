package middleware_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

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
