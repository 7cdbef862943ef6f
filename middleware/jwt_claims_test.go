package middleware_test

import (
	"encoding/json"
	"net/http/httptest"
	"reflect"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spikard/spikard-go/middleware"
)

func TestJWTClaims(t *testing.T) {
	t.Parallel()
	a := newJWT(t, middleware.JWTConfig{})
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+hs256(t, `{"sub":"u","iss":"i","jti":"7","aud":["a","b"],"exp":2534023007999,"nbf":1,"iat":1600000000.5,
		"scope":"read  write","scopes":["write","admin",1],"scp":"x read","big":9007199254740993,"nested":{"exp":1,"a":[1,{"b":":"}]}}`))
	p, problem := a.Authenticate(r)
	if problem != nil {
		t.Fatal(problem)
	}
	scopes := []string{"read", "write", "admin", "x"}
	want := middleware.Claims{
		Subject: "u", Issuer: "i", ID: "7", Audience: []string{"a", "b"}, Scopes: scopes,
		ExpiresAt: time.Unix(2534023007999, 0).UTC(), NotBefore: time.Unix(1, 0).UTC(), IssuedAt: time.Unix(1600000000, 500_000_000).UTC(),
		All: p.Claims.All,
	}
	if !reflect.DeepEqual(*p.Claims, want) {
		t.Errorf("%+v\nwant %+v", *p.Claims, want)
	}
	if p.Subject != "u" || p.Scheme != "bearerAuth" || !reflect.DeepEqual(p.Scopes, scopes) {
		t.Errorf("%+v", p)
	}
	if big := p.Claims.All["big"]; big != json.Number("9007199254740993") || len(p.Claims.All) != 12 {
		t.Errorf("%v, %d claims", big, len(p.Claims.All))
	}
	if year := p.Claims.ExpiresAt.Year(); year < 82000 {
		t.Errorf("it expires in %d", year)
	}
}

func TestJWTJudgement(t *testing.T) {
	t.Parallel()
	const (
		expired = "Token has expired"
		early   = "JWT not valid yet, not before claim is in the future"
		invalid = "Token is invalid"
		issuer  = "Token issuer is invalid, expected 'https://me'"
		aud     = "Token audience is invalid"
	)
	ours := middleware.JWTConfig{Issuer: "https://me", Audience: []string{"api", "web"}}
	for _, tt := range []struct {
		name, claims, detail string
		config               middleware.JWTConfig
	}{
		{name: "all is well", claims: `{"exp":4102444800,"iss":"https://me","aud":"web"}`, config: ours},
		{name: "one of many audiences", claims: `{"exp":4102444800,"iss":"https://me","aud":["x","api"]}`, config: ours},
		{name: "nothing is asked for", claims: `{"exp":4102444800,"iss":"https://you","aud":["x"]}`},
		{name: "no issuer", claims: `{"exp":4102444800,"aud":"web"}`, detail: issuer, config: ours},
		{name: "another issuer", claims: `{"exp":4102444800,"iss":"https://me/","aud":"web"}`, detail: issuer, config: ours},
		{name: "no audience", claims: `{"exp":4102444800,"iss":"https://me"}`, detail: aud, config: ours},
		{name: "empty audience", claims: `{"exp":4102444800,"iss":"https://me","aud":[]}`, detail: aud, config: ours},
		{name: "another audience", claims: `{"exp":4102444800,"iss":"https://me","aud":["api2","ap"]}`, detail: aud, config: ours},
		{name: "expired comes first", claims: `{"exp":1,"nbf":4102444800,"iss":"x","aud":"x"}`, detail: expired, config: ours},
		{name: "then early", claims: `{"exp":4102444801,"nbf":4102444800,"iss":"x","aud":"x"}`, detail: early, config: ours},
		{name: "then issuer", claims: `{"exp":4102444800,"iss":"x","aud":"x"}`, detail: issuer, config: ours},

		{name: "no exp", claims: `{"sub":"u"}`, detail: invalid},
		{name: "no claims", claims: `{}`, detail: invalid},
		{name: "exp 0", claims: `{"exp":0}`, detail: expired},
		{name: "negative exp", claims: `{"exp":-1}`, detail: expired},
		{name: "exp in year 1", claims: `{"exp":-62135596800}`, detail: invalid},
		{name: "fractional exp", claims: `{"exp":4102444800.25}`},
		{name: "exponent", claims: `{"exp":4.1024448e9}`},
		{name: "exp as a text", claims: `{"exp":"4102444800"}`, detail: invalid},
		{name: "exp null", claims: `{"exp":null}`, detail: invalid},
		{name: "exp true", claims: `{"exp":true}`, detail: invalid},
		{name: "exp NaN", claims: `{"exp":NaN}`, detail: invalid},
		{name: "exp beyond an int64", claims: `{"exp":99999999999999999999}`, detail: invalid},
		{name: "exp beyond a float64", claims: `{"exp":1e999}`, detail: invalid},
		{name: "exp that would wrap a time", claims: `{"exp":9223372036854775807}`, detail: invalid},
		{name: "nbf that would wrap a time", claims: `{"exp":4102444800,"nbf":1e30}`, detail: invalid},
		{name: "nbf as a text", claims: `{"exp":4102444800,"nbf":"0"}`, detail: invalid},
		{name: "iat as a text", claims: `{"exp":4102444800,"iat":"0"}`, detail: invalid},
		{name: "iat far ahead", claims: `{"exp":4102444800,"iat":4102444700}`, detail: invalid},
		{name: "sub is no text", claims: `{"exp":4102444800,"sub":1}`, detail: invalid},
		{name: "sub null", claims: `{"exp":4102444800,"sub":null}`, detail: invalid},
		{name: "iss is no text", claims: `{"exp":4102444800,"iss":["https://me"]}`, detail: invalid, config: ours},
		{name: "jti is no text", claims: `{"exp":4102444800,"jti":{}}`, detail: invalid},
		{name: "aud is no text", claims: `{"exp":4102444800,"aud":7}`, detail: invalid},
		{name: "aud has no text", claims: `{"exp":4102444800,"aud":["api",7]}`, detail: invalid, config: ours},
		{name: "a list", claims: `[]`, detail: invalid},
		{name: "null", claims: `null`, detail: invalid},
		{name: "a text", claims: `"exp"`, detail: invalid},
		{name: "nothing", claims: ``, detail: invalid},
		{name: "two values", claims: `{"exp":4102444800}{}`, detail: invalid},
		{name: "rubbish behind", claims: `{"exp":4102444800}x`, detail: invalid},
		{name: "no UTF-8", claims: "{\"exp\":4102444800,\"sub\":\"\xff\"}", detail: invalid},
		{name: "exp twice", claims: `{"exp":1,"exp":4102444800}`, detail: invalid},
		{name: "sub twice, once escaped", claims: `{"sub":"a","exp":4102444800,"s\u0075b":"admin"}`, detail: invalid},
		{name: "names in another case are others", claims: `{"exp":1,"EXP":4102444800}`, detail: expired},
		{name: "braces in texts", claims: `{"sub":"{\"a\":1,\\","exp":4102444800,"x":"}:"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if detail := detailOf(t, newJWT(t, tt.config), hs256(t, tt.claims)); detail != tt.detail {
				t.Errorf("%q, want %q", detail, tt.detail)
			}
		})
	}
}

// TestJWTClock stands still in time, so that each boundary is met exactly.
func TestJWTClock(t *testing.T) {
	t.Parallel()
	for _, leeway := range []time.Duration{0, 30 * time.Second, 5 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			a := newJWT(t, middleware.JWTConfig{Leeway: leeway})
			now, l := time.Now().Unix(), int64(leeway/time.Second)
			at := func(name string, d int64) string {
				if name == "exp" {
					return claimsUntil(now + d)
				}
				return `{"exp":4102444800,"` + name + `":` + strconv.FormatInt(now+d, 10) + `}`
			}
			skew := max(l, 60)
			for _, tt := range []struct{ claims, detail string }{
				{at("exp", 1-l), ""},
				{at("exp", -l), "Token has expired"}, // RFC 7519, section 4.1.4: "on or after"
				{at("exp", -l-1), "Token has expired"},
				{at("nbf", l), ""},
				{at("nbf", l+1), "JWT not valid yet, not before claim is in the future"},
				{at("iat", skew), ""},
				{at("iat", skew+1), "Token is invalid"},
			} {
				if detail := detailOf(t, a, hs256(t, tt.claims)); detail != tt.detail {
					t.Errorf("leeway %v, %s at %d: %q, want %q", leeway, tt.claims, now, detail, tt.detail)
				}
			}
			token := hs256(t, at("exp", 10-l))
			time.Sleep(10*time.Second - 1)
			if detail := detailOf(t, a, token); detail != "" {
				t.Errorf("a nanosecond before: %s", detail)
			}
			time.Sleep(time.Nanosecond)
			if detail := detailOf(t, a, token); detail != "Token has expired" {
				t.Errorf("at the end: %q", detail)
			}
		})
	}
}
