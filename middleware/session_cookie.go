package middleware

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/securecookie"

	"github.com/spikard/spikard-go/spikard/api"
)

const (
	// minSecret keeps what is signed from being guessed: who has a cookie can
	// try secrets for as long as they like.
	minSecret = 32
	// maxCookie is what browsers keep at least (RFC 6265, section 6.1).
	maxCookie = 4096
)

// SessionConfig says how sessions are signed and which attributes their cookie
// has. The cookie is always HttpOnly.
type SessionConfig struct {
	// Secrets are of at least 32 bytes each. The first signs and all of them
	// verify, so that a new one can be put in front of the old one.
	Secrets []string
	// Cookie is the cookie's name. Empty is "session".
	Cookie string
	// MaxAge is how long a session lasts since it was last changed. 0 is 14
	// days.
	MaxAge time.Duration
	// Path and Domain say where the client sends the cookie to. Empty, it is
	// all of this host and no other.
	Path, Domain string
	// Insecure leaves out the Secure attribute, for development over plain
	// HTTP.
	Insecure bool
	// SameSite is [http.SameSiteLaxMode] unless set.
	SameSite http.SameSite
	// Refuse answers when a session can't be kept. Nil is [WriteProblem].
	Refuse Refuse
	// Log hears of it. Nil is [slog.Default].
	Log *slog.Logger
}

// Sessions keeps sessions in a signed cookie. It is an [Authenticator], too:
// its principals' subject is the session's "sub", and their scopes are its
// "scopes".
//
// # Concurrency
//
// Any number of goroutines may use it.
type Sessions struct {
	codecs []securecookie.Codec
	cookie http.Cookie // without a value
	refuse Refuse
	log    *slog.Logger
}

// NewSession checks the configuration.
//
// # Errors
//
// The error joins all faults: no secret or a short one, a cookie that
// browsers would refuse.
func NewSession(config SessionConfig) (*Sessions, error) {
	s := &Sessions{refuse: config.Refuse.or(), log: config.Log}
	if s.log == nil {
		s.log = slog.Default()
	}
	age := config.MaxAge
	if age == 0 {
		age = 14 * 24 * time.Hour
	}
	s.cookie = http.Cookie{
		Name: config.Cookie, Path: config.Path, Domain: config.Domain, MaxAge: int(age / time.Second),
		Secure: !config.Insecure, HttpOnly: true, SameSite: config.SameSite,
	}
	faults := completeCookie(&s.cookie, "session")
	if age < time.Second {
		faults = append(faults, fmt.Errorf("session: the age is %v, but at least a second is meant", age))
	}
	if len(config.Secrets) == 0 {
		faults = append(faults, errors.New("session: there is no secret to sign with"))
	}
	for i, secret := range config.Secrets {
		key, err := derivedKey(secret, "spikard session")
		if err != nil {
			faults = append(faults, fmt.Errorf("session: secret %d: %w", i+1, err))
			continue
		}
		s.codecs = append(s.codecs, securecookie.New(key, nil).
			MaxAge(s.cookie.MaxAge).MaxLength(maxCookie).SetSerializer(securecookie.NopEncoder{}))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return s, nil
}

// completeCookie sets what is empty and finds what browsers would refuse.
func completeCookie(cookie *http.Cookie, name string) (faults []error) {
	if cookie.Name == "" {
		cookie.Name = name
	}
	if cookie.Path == "" {
		cookie.Path = "/"
	}
	if cookie.SameSite == 0 || cookie.SameSite == http.SameSiteDefaultMode {
		cookie.SameSite = http.SameSiteLaxMode
	}
	if err := cookie.Valid(); err != nil {
		faults = append(faults, fmt.Errorf("%s: %w", name, err))
	}
	host := strings.HasPrefix(cookie.Name, "__Host-")
	if host && (cookie.Domain != "" || cookie.Path != "/") {
		faults = append(faults, fmt.Errorf("%s: a cookie whose name begins with __Host- has no domain, and its path is /", name))
	}
	if !cookie.Secure && (host || strings.HasPrefix(cookie.Name, "__Secure-") || cookie.SameSite == http.SameSiteNoneMode) {
		faults = append(faults, fmt.Errorf("%s: browsers refuse the cookie %s unless it is secure", name, cookie.Name))
	}
	return faults
}

// derivedKey makes a key for one purpose (RFC 5869), so that one secret may
// serve several.
func derivedKey(secret, purpose string) ([]byte, error) {
	if len(secret) < minSecret {
		return nil, fmt.Errorf("a secret of at least %d bytes is needed, and it has %d", minSecret, len(secret))
	}
	return hkdf.Key(sha256.New, []byte(secret), nil, purpose, sha256.Size)
}

// Scheme is "cookieAuth".
func (*Sessions) Scheme() string { return schemeCookie }

// Presented tells whether there is a cookie of the name.
func (s *Sessions) Presented(r *http.Request) bool {
	_, err := r.Cookie(s.cookie.Name)
	return err == nil
}

// Authenticate tells who is signed in, from the request's session where
// [Sessions.Handler] is in use, else from its cookie. A route that changes
// something needs [CSRF] besides: browsers send cookies unasked.
func (s *Sessions) Authenticate(r *http.Request) (*Principal, *api.Problem) {
	session := sessionOf(r)
	if session == nil || session.sessions != s {
		session = &Session{sessions: s, request: r}
	}
	defer session.open()()
	subject, _ := session.values[sessionSubject].(string)
	if subject == "" {
		name := s.cookie.Name
		return nil, unauthorized("Missing session", fmt.Sprintf("Expected a valid '%s' cookie of a signed-in user", name), fmt.Sprintf("Cookie cookie-name=%q", name))
	}
	return &Principal{Subject: subject, Scheme: schemeCookie, Scopes: scopes(session.values["scopes"])}, nil
}

// encode makes the line of a cookie that holds raw.
func (s *Sessions) encode(raw []byte) (string, error) {
	value, err := s.codecs[0].Encode(s.cookie.Name, raw)
	if err != nil {
		return "", err
	}
	cookie := s.cookie
	cookie.Value = value
	line := cookie.String()
	if len(line) > maxCookie {
		return "", fmt.Errorf("the cookie has %d bytes, and browsers keep %d", len(line), maxCookie)
	}
	return line, nil
}

func (s *Sessions) decode(value string) (raw []byte, ok bool) {
	err := securecookie.DecodeMulti(s.cookie.Name, value, &raw, s.codecs...)
	return raw, err == nil
}

// removal is the line of a cookie that ends the one the client has.
func (s *Sessions) removal() string {
	cookie := s.cookie
	cookie.MaxAge = -1
	return cookie.String()
}
