package middleware

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// minRSABits is RFC 7518's, sections 3.3 and 3.5.
const minRSABits = 2048

// readKey makes the key that method verifies with.
func readKey(method jwt.SigningMethod, secret string) (any, error) {
	block, _ := pem.Decode([]byte(secret))
	if _, ok := method.(*jwt.SigningMethodHMAC); ok {
		// The classic confusion, made by hand: everybody knows a public key.
		if block != nil {
			return nil, fmt.Errorf("jwt: the secret of %s is a %s in PEM, which is for other algorithms", method.Alg(), strings.ToLower(block.Type))
		}
		return []byte(secret), nil
	}
	if block == nil {
		return nil, fmt.Errorf("jwt: %s needs a public key or a certificate in PEM, which the secret is not", method.Alg())
	}
	key, err := publicKey(block)
	if err != nil {
		return nil, fmt.Errorf("jwt: the key of %s: %w", method.Alg(), err)
	}
	if err := fitting(method, key); err != nil {
		return nil, fmt.Errorf("jwt: %w", err)
	}
	return key, nil
}

func publicKey(block *pem.Block) (any, error) {
	switch block.Type {
	case "PUBLIC KEY":
		return x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		return certificate.PublicKey, nil
	default:
		return nil, fmt.Errorf("a public key or a certificate is needed, not a %s", strings.ToLower(block.Type))
	}
}

// fitting tells why a public key can't be the algorithm's. The library checks
// the kind when it verifies, but neither the curve nor the size.
func fitting(method jwt.SigningMethod, key any) error {
	switch method := method.(type) {
	case *jwt.SigningMethodRSA, *jwt.SigningMethodRSAPSS:
		rsaKey, ok := key.(*rsa.PublicKey)
		if !ok {
			break
		}
		if bits := rsaKey.N.BitLen(); bits < minRSABits {
			return fmt.Errorf("an RSA key needs at least %d bits, and this one has %d", minRSABits, bits)
		}
		return nil
	case *jwt.SigningMethodECDSA:
		ecKey, ok := key.(*ecdsa.PublicKey)
		if !ok {
			break
		}
		if bits := ecKey.Curve.Params().BitSize; bits != method.CurveBits {
			return fmt.Errorf("%s needs a curve of %d bits, and the key's has %d", method.Name, method.CurveBits, bits)
		}
		return nil
	case *jwt.SigningMethodEd25519:
		if edKey, ok := key.(ed25519.PublicKey); ok && len(edKey) == ed25519.PublicKeySize {
			return nil
		}
	}
	return fmt.Errorf("%s needs another kind of key than %T", method.Alg(), key)
}
