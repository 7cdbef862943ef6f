package middleware

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"

	"github.com/golang-jwt/jwt/v5"
)

// jwtSetup is what a valid [JWTConfig] comes to.
type jwtSetup struct {
	methods []jwt.SigningMethod
	key     any // what methods[0] verifies with; nil with a key set
	weak    []string
}

func (s *jwtSetup) algorithms() []string {
	var names []string
	for _, method := range s.methods {
		names = append(names, method.Alg())
	}
	return names
}

// check finds every fault of the configuration.
func (c JWTConfig) check() (*jwtSetup, error) {
	setup := new(jwtSetup)
	var faults []error
	switch {
	case c.Secret == "" && c.JWKSURL == "":
		faults = append(faults, errors.New("jwt: there is nothing to check tokens with: set the secret or the key set's URL"))
	case c.Secret != "" && c.JWKSURL != "":
		faults = append(faults, errors.New("jwt: both a secret and a key set's URL are set: tokens are checked with one of them"))
	case c.JWKSURL != "":
		faults = append(faults, setup.keySet(c)...)
	default:
		faults = append(faults, setup.secret(c)...)
	}
	if c.Leeway < 0 {
		faults = append(faults, fmt.Errorf("jwt: the leeway is %v, but no less than 0 is meant", c.Leeway))
	}
	if slices.Contains(c.Audience, "") {
		faults = append(faults, errors.New("jwt: one audience is empty"))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return setup, nil
}

func (s *jwtSetup) secret(c JWTConfig) (faults []error) {
	if len(c.Algorithms) > 0 {
		faults = append(faults, errors.New("jwt: with a secret there is one algorithm, not several"))
	}
	name := c.Algorithm
	if name == "" {
		name = "HS256"
	}
	method, err := signingMethod(name)
	if err != nil {
		return append(faults, err)
	}
	s.methods = []jwt.SigningMethod{method}
	key, err := readKey(method, c.Secret)
	if err != nil {
		return append(faults, err)
	}
	s.key = key
	if hmac, ok := method.(*jwt.SigningMethodHMAC); ok && len(c.Secret) < hmac.Hash.Size() {
		s.weak = append(s.weak, fmt.Sprintf("the JWT secret has %d bytes, where %s wants at least %d", len(c.Secret), name, hmac.Hash.Size()))
	}
	return faults
}

func (s *jwtSetup) keySet(c JWTConfig) (faults []error) {
	names := c.Algorithms
	if c.Algorithm != "" {
		names = append([]string{c.Algorithm}, names...)
	}
	if len(names) == 0 {
		faults = append(faults, errors.New(`jwt: name the algorithms of the key set, as "RS256"`))
	}
	for _, name := range names {
		method, err := signingMethod(name)
		if _, symmetric := method.(*jwt.SigningMethodHMAC); symmetric {
			err = fmt.Errorf("jwt: %s needs a secret, which a published key set has not", name)
		}
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if !slices.Contains(s.methods, method) {
			s.methods = append(s.methods, method)
		}
	}
	u, err := url.Parse(c.JWKSURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return append(faults, errors.New("jwt: the key set's URL has to begin with https:// and a host"))
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		s.weak = append(s.weak, "the JWT key set comes over plain HTTP, where anyone on the way can put in a key")
	}
	return faults
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// signingMethod finds an algorithm by its name, which is case-sensitive (RFC
// 7515, section 4.1.1). "none" is none.
func signingMethod(name string) (jwt.SigningMethod, error) {
	method := jwt.GetSigningMethod(name)
	switch method.(type) {
	case *jwt.SigningMethodHMAC, *jwt.SigningMethodRSA, *jwt.SigningMethodRSAPSS, *jwt.SigningMethodECDSA, *jwt.SigningMethodEd25519:
		return method, nil
	default:
		return nil, fmt.Errorf("jwt: the algorithm %q is none of HS256, HS384, HS512, RS256, RS384, RS512, ES256, ES384, ES512, PS256, PS384, PS512 and EdDSA", name)
	}
}
