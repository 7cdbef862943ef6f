package spikard

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"slices"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/spikard/api"
)

// What each request has by itself, by its type: providers and Go handlers may ask
// for it. (Python's are Request and logging.Logger.)
var (
	exchangeKey = di.KeyOf[api.Exchange]()
	loggerKey   = di.KeyOf[*slog.Logger]()
)

// requestKeys are the keys of all that is a request's own.
var requestKeys = []di.Key{
	exchangeKey, loggerKey, principalKey, claimsKey, sessionKey, csrfKey, principalGoKey, claimsGoKey, sessionGoKey,
}

// exchangeInContext is the key under which providers find the request.
type exchangeInContext struct{}

func withExchange(ctx context.Context, x *exchange) context.Context {
	return context.WithValue(ctx, exchangeInContext{}, x)
}

var errOutsideRequest = errors.New("there is no request here")

// addRequestValues adds the providers of a request's own values.
func addRequestValues(r *di.Registry, log *slog.Logger) {
	addOwn(r, exchangeKey, reflect.TypeFor[api.Exchange](), func(x *exchange) any { return x })
	addOwn(r, loggerKey, reflect.TypeFor[*slog.Logger](), func(x *exchange) any {
		return log.With(slog.String("request_id", x.RequestID()))
	})
}

// asksForRequest tells whether a plan builds one of those. A provider of the
// user's for such a key is another: it isn't weak.
func asksForRequest(p *di.Plan) bool {
	for i := range p.Steps {
		if made := p.Steps[i].Provider; made.Weak && slices.Contains(requestKeys, made.Key) {
			return true
		}
	}
	return false
}
