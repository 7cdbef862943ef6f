package main

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// issuer is what tokens say they are from, audience whom they are for, and lifetime
// how long they are good.
const (
	issuer   = "workshop"
	audience = "members"
	lifetime = time.Hour
)

// Key signs the tokens.
type Key string

// keyFrom gives the key that the environment has, or else one that is made for this
// start: tokens are void after the next one then, and nobody has seen it in a
// repository.
func keyFrom(secret string) Key {
	if secret != "" {
		return Key(secret)
	}
	return Key(rand.Text() + rand.Text())
}

// Tokens issues them. Python asks for it by its Protocol app.Tokens.
type Tokens struct{ key Key }

// NewTokens makes what issues tokens with a key.
func NewTokens(key Key) *Tokens { return &Tokens{key} }

// Issue gives a token for somebody who has proved who they are.
func (t *Tokens) Issue(subject string, scopes []string) (string, error) {
	now := time.Now()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": issuer, "aud": audience, "sub": subject, "scopes": scopes,
		"iat": now.Unix(), "exp": now.Add(lifetime).Unix(),
	}).SignedString([]byte(t.key))
}

// CheckHealth tells /readyz whether tokens can be issued.
func (t *Tokens) CheckHealth(context.Context) error {
	if t.key == "" {
		return errors.New("there is no key")
	}
	return nil
}
