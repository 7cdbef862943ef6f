package variant

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"

	"github.com/spikard/spikard-go/middleware"
)

// secret signs tokens and cookies, and is an API key. It guards nothing.
const secret = "of the bench server: guards nothing"

// subject is who is signed in. The server's /session fails for others.
const subject = "ada"

// bearer makes a token as a login gives one.
func bearer() (string, error) {
	now := time.Now()
	claims := jwt.MapClaims{
		"sub": subject, "iss": "bench", "aud": "bench", "scope": "read write",
		"iat": now.Unix(), "exp": now.Add(24 * time.Hour).Unix(),
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
}

// sessionCookie signs somebody in and gives the Cookie field that a browser then
// sends.
func sessionCookie() (string, error) {
	sessions, err := middleware.NewSession(middleware.SessionConfig{
		Secrets: []string{secret}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return "", err
	}
	gin.SetMode(gin.ReleaseMode) // in its debug mode it prints
	engine := gin.New()
	engine.Use(sessions.Handler())
	engine.GET("/", func(c *gin.Context) {
		middleware.SessionOf(c).Set("sub", subject)
		c.Status(http.StatusNoContent)
	})
	request, err := http.NewRequest(http.MethodGet, "/", http.NoBody)
	if err != nil {
		return "", err
	}
	answer := header{}
	engine.ServeHTTP(answer, request)
	lines := http.Header(answer)["Set-Cookie"]
	if len(lines) == 0 {
		return "", errors.New("no cookie was set for the session")
	}
	cookie, err := http.ParseSetCookie(lines[0])
	if err != nil {
		return "", fmt.Errorf("the session's cookie: %w", err)
	}
	return cookie.Name + "=" + cookie.Value, nil
}

// header is all that is kept of an answer.
type header http.Header

func (h header) Header() http.Header       { return http.Header(h) }
func (header) Write(b []byte) (int, error) { return len(b), nil }
func (header) WriteHeader(int)             {}
