package middleware

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"
)

// sessionSubject is the key of the user who is signed in.
const sessionSubject = "sub"

// Session is what a client keeps for the server between its requests. Values
// travel as JSON: what comes back of a number is a [json.Number], of an object
// a map[string]any and of a list a []any.
//
// A user is signed in by Set("sub", name) and out by Clear.
//
// # Concurrency
//
// Any number of goroutines may use it. What is changed after the answer's
// header went out is lost.
type Session struct {
	sessions *Sessions
	request  *http.Request

	mu      sync.Mutex
	loaded  bool // read from the request's cookie; a request that has no use for it pays nothing
	login   string
	values  map[string]any
	changed bool
}

// sessionData is a session as it is signed.
type sessionData struct {
	Login  string         `json:"login,omitempty"`
	Values map[string]any `json:"values"`
}

// SessionOf gives the request's session, or nil where [Sessions.Handler] isn't
// in use.
func SessionOf(c *gin.Context) *Session { return sessionOf(c.Request) }

type sessionKey struct{}

func sessionOf(r *http.Request) *Session {
	session, _ := r.Context().Value(sessionKey{}).(*Session)
	return session
}

// Get gives the value of a key, or nil. To change a list or a map, change it
// and Set it again.
func (s *Session) Get(key string) any {
	defer s.open()()
	return s.values[key]
}

// Set keeps a value that JSON can hold. All of a session fits into 4 KiB of a
// cookie, which the client can read.
func (s *Session) Set(key string, value any) {
	defer s.open()()
	if s.values == nil {
		s.values = map[string]any{}
	}
	s.values[key], s.changed = value, true
	if key == sessionSubject {
		s.login = rand.Text()
	}
}

// Delete takes a value out.
func (s *Session) Delete(key string) {
	defer s.open()()
	if _, there := s.values[key]; !there {
		return
	}
	delete(s.values, key)
	s.changed = true
	if key == sessionSubject {
		s.login = ""
	}
}

// Clear takes all values out, and the cookie away from the client. A copy that
// was made of the cookie stays good until its age ends: nothing is kept on the
// server that would know better.
func (s *Session) Clear() {
	defer s.open()()
	if len(s.values) == 0 {
		return
	}
	s.values, s.login, s.changed = nil, "", true
}

// All gives a copy of the values.
func (s *Session) All() map[string]any {
	defer s.open()()
	all := make(map[string]any, len(s.values))
	maps.Copy(all, s.values)
	return all
}

// Login names the login: a random text that is made whenever "sub" is set, and
// empty before.
func (s *Session) Login() string {
	defer s.open()()
	return s.login
}

// open locks the session and reads it if nobody has yet.
func (s *Session) open() (unlock func()) {
	s.mu.Lock()
	if !s.loaded {
		s.loaded = true
		s.load()
	}
	return s.mu.Unlock
}

// load takes the first cookie whose signature and age are right. Without one,
// the session is empty: a client that plays with its cookie loses it.
func (s *Session) load() {
	for _, cookie := range s.request.CookiesNamed(s.sessions.cookie.Name) {
		raw, ok := s.sessions.decode(cookie.Value)
		if !ok {
			continue
		}
		var data sessionData
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		if dec.Decode(&data) == nil {
			s.login, s.values = data.Login, data.Values
			return
		}
	}
}

// commit writes the session into the header of the answer. Only a change
// makes a cookie.
func (s *Session) commit(header http.Header) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.loaded {
		return nil
	}
	header.Add("Vary", "Cookie")
	if !s.changed {
		return nil
	}
	if len(s.values) == 0 {
		header.Add("Set-Cookie", s.sessions.removal())
		return nil
	}
	raw, err := json.Marshal(sessionData{Login: s.login, Values: s.values})
	if err != nil {
		return err
	}
	cookie, err := s.sessions.encode(raw)
	if err != nil {
		return err
	}
	header.Add("Set-Cookie", cookie)
	return nil
}
