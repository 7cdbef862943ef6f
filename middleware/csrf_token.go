package middleware

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"

	"github.com/gin-gonic/gin"
)

// csrfNonce is the length of a token's random part.
const csrfNonce = 16

// csrfToken is a random part and its signature, which covers the login, too: a
// token that an attacker got for themselves is of no use with another's
// session, even if they can plant their cookie.
type csrfToken [csrfNonce + sha256.Size]byte

// CSRFToken gives a token for a form of the page that answers this request, or
// "" where [CSRF] isn't in use. It sets the cookie that goes with it unless the
// client has it; so it has to be called before the answer's header goes out,
// and after a change of who is signed in. A page with a token is for one
// client: the answer gets Vary: Cookie.
//
// The text is another one each time, so that the size of a compressed page
// doesn't give it away (BREACH).
//
// # Concurrency
//
// As the context's: the request's goroutine calls it.
func CSRFToken(c *gin.Context) string {
	request, ok := c.Request.Context().Value(csrfKey{}).(*csrfRequest)
	if !ok {
		return ""
	}
	return request.token(c).masked()
}

// token gives the one that the client has or was given already by this answer,
// else a new one.
func (r *csrfRequest) token(c *gin.Context) *csrfToken {
	r.mu.Lock()
	defer r.mu.Unlock()
	login := loginOf(c.Request)
	if r.issued != nil && r.signed(r.issued, login) {
		return r.issued
	}
	header := c.Writer.Header()
	if r.issued == nil {
		header.Add("Vary", "Cookie")
		for _, cookie := range c.Request.CookiesNamed(r.cookie.Name) {
			if token, ok := parseCSRFToken(cookie.Value); ok && r.signed(token, login) {
				r.issued = token
				return token
			}
		}
	}
	r.issued = r.issue(login)
	cookie := r.cookie
	cookie.Value = base64.RawURLEncoding.EncodeToString(r.issued[:])
	header.Add("Set-Cookie", cookie.String())
	return r.issued
}

// loginOf is what tokens are bound to: the login of the session, if there is
// one. A session in which nobody is signed in comes and goes without notice.
func loginOf(r *http.Request) string {
	if session := sessionOf(r); session != nil {
		return session.Login()
	}
	return ""
}

// has tells whether one of the request's cookies holds the token, and whether
// it is of this login. A cookie from a sibling domain may stand before ours.
func (p *csrf) has(r *http.Request, token *csrfToken) bool {
	found := 0
	for _, cookie := range r.CookiesNamed(p.cookie.Name) {
		if held, ok := parseCSRFToken(cookie.Value); ok {
			found |= subtle.ConstantTimeCompare(held[:], token[:])
		}
	}
	return found == 1 && p.signed(token, loginOf(r))
}

func (p *csrf) issue(login string) *csrfToken {
	token := new(csrfToken)
	_, _ = rand.Read(token[:csrfNonce]) // never fails, as its documentation says
	copy(token[csrfNonce:], p.sign(token, login))
	return token
}

func (p *csrf) sign(token *csrfToken, login string) []byte {
	mac := hmac.New(sha256.New, p.key)
	mac.Write(token[:csrfNonce]) // of fixed length, so that the login can't slide into it
	mac.Write([]byte(login))
	return mac.Sum(nil)
}

func (p *csrf) signed(token *csrfToken, login string) bool {
	return hmac.Equal(token[csrfNonce:], p.sign(token, login))
}

// masked writes the token as a random pad and what the pad makes of it.
func (t *csrfToken) masked() string {
	var pair [2 * len(t)]byte
	pad, rest := pair[:len(t)], pair[len(t):]
	_, _ = rand.Read(pad)
	subtle.XORBytes(rest, t[:], pad)
	return base64.RawURLEncoding.EncodeToString(pair[:])
}

// parseCSRFToken reads a token, masked or as it is in the cookie.
func parseCSRFToken(text string) (*csrfToken, bool) {
	var pair [2 * len(csrfToken{})]byte
	if base64.RawURLEncoding.DecodedLen(len(text)) > len(pair) {
		return nil, false
	}
	n, err := base64.RawURLEncoding.Strict().Decode(pair[:], []byte(text))
	if err != nil {
		return nil, false
	}
	token := csrfToken(pair[:len(csrfToken{})])
	switch n {
	case len(token):
		return &token, true
	case len(pair):
		subtle.XORBytes(token[:], token[:], pair[len(token):])
		return &token, true
	default:
		return nil, false
	}
}
