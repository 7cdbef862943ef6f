package spikard

import "time"

// JWTAuth authenticates requests by the JSON Web Token of their Authorization
// header (RFC 7519).
type JWTAuth struct {
	// Secret is the key: the shared one of HS256, HS384 and HS512, or the PEM
	// public key of the others. JWKSURL takes its place.
	Secret Secret `setting:"secret"`
	// Algorithm is the one that tokens have to be signed with: HS256. The others
	// are HS, RS, ES and PS with 256, 384 and 512, and EdDSA.
	Algorithm string `setting:"algorithm" default:"HS256" check:"oneof=HS256|HS384|HS512|RS256|RS384|RS512|ES256|ES384|ES512|PS256|PS384|PS512|EdDSA"`
	// Algorithms takes the place of Algorithm where the keys at JWKSURL have
	// several.
	Algorithms []string `setting:"algorithms" check:"oneof=HS256|HS384|HS512|RS256|RS384|RS512|ES256|ES384|ES512|PS256|PS384|PS512|EdDSA"`
	// JWKSURL is where the issuer publishes its public keys (RFC 7517).
	JWKSURL SecretURL `setting:"jwks_url" check:"url=http|https"`
	// Audience lists the audiences of which a token has to name one. Unset: a
	// token's audience doesn't matter.
	Audience []string `setting:"audience"`
	// Issuer is what a token has to name as its issuer. Unset: any will do.
	Issuer string `setting:"issuer"`
	// Leeway is how far clocks may be apart where a token's times are checked:
	// not at all.
	Leeway time.Duration `setting:"leeway" default:"0s" check:"min=0"`
}

// APIKeyAuth authenticates requests by a key in a header field or in the
// query.
type APIKeyAuth struct {
	// Keys are those that are let in.
	Keys []Secret `setting:"keys" check:"required"`
	// HeaderName is the header field that brings a key: X-API-Key.
	HeaderName string `setting:"header_name" default:"X-API-Key" check:"token"`
	// QueryName is the query parameter that brings a key where the header field
	// doesn't: api_key. "-", or None in Python: keys in queries, which land in
	// logs, are not looked at.
	QueryName string `setting:"query_name" default:"api_key" null:"-"`
}

// Session keeps a session in a cookie that is signed: its client can read it
// but not change it.
type Session struct {
	// Secrets sign the cookie, each of 32 bytes at least. The first one signs;
	// the others are still believed, so that secrets can be changed.
	Secrets []Secret `setting:"secrets" check:"required minbytes=32"`
	// CookieName is the cookie's name: session.
	CookieName string `setting:"cookie_name" default:"session" check:"token"`
	// MaxAge is how long a session lives after its last change: 14 days.
	MaxAge time.Duration `setting:"max_age" default:"336h" check:"min=1"`
	// Path is the path that the cookie is for: "/".
	Path string `setting:"path" default:"/" check:"path"`
	// Domain is the domain that the cookie is for, with those below it. Unset:
	// the host that set it, alone.
	Domain string `setting:"domain" check:"domain"`
	// Secure sends the cookie over TLS only: true.
	Secure *bool `setting:"secure" default:"true"`
	// SameSite says whether requests that other sites cause bring the cookie:
	// lax, strict or none. lax brings it when a link is followed.
	SameSite string `setting:"same_site" default:"lax" check:"oneof=lax|strict|none"`
}

// CSRF refuses requests that change something and come from other sites.
type CSRF struct {
	// Secret signs the tokens: 32 bytes at least.
	Secret Secret `setting:"secret" check:"required minbytes=32"`
	// CookieName is the cookie that holds the token: csrf_token.
	CookieName string `setting:"cookie_name" default:"csrf_token" check:"token"`
	// HeaderName is the header field that scripts repeat the token in:
	// X-CSRF-Token.
	HeaderName string `setting:"header_name" default:"X-CSRF-Token" check:"token"`
	// FieldName is the field that forms repeat the token in: csrf_token.
	FieldName string `setting:"field_name" default:"csrf_token"`
	// TrustedOrigins are other origins whose pages may send requests, as
	// https://admin.example.com.
	TrustedOrigins []string `setting:"trusted_origins" check:"origins"`
	// Secure sends the cookie over TLS only: true.
	Secure *bool `setting:"secure" default:"true"`
}
