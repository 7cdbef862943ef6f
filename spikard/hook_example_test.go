package spikard_test

import (
	"fmt"
	"net/http"
	"strings"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

// Tenants are known by their host names.
type Tenants map[string]string

func (t Tenants) find(x api.Exchange) error {
	host, _, _ := strings.Cut(x.Host(), ":")
	name, ok := t[host]
	if !ok {
		return api.NewProblem(http.StatusMisdirectedRequest, "no-tenant", "Nobody is at home here")
	}
	x.Set("tenant", name)
	return nil
}

// A hook in Go leaves a value for those that come later, for Python's in
// request.state.
func ExampleOnRequest() {
	show("/whoami",
		spikard.OnRequest(Tenants{"127.0.0.1": "the shop"}.find),
		spikard.Get("/whoami", func(x api.Exchange) any { return x.Get("tenant") }),
	)
	// Output: 200 "the shop"
}

// A hook answers in the handler's place, for the routes below a path.
func ExamplePreHandler() {
	closed := func(api.Exchange) *spikard.Reply {
		return &spikard.Reply{Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"3600"}}, Body: "closed"}
	}
	show("/orders/7",
		spikard.PreHandler(closed, spikard.Prefix("/orders")),
		spikard.Get("/orders/{id}", func(in GetOrder) int { return in.ID }),
	)
	// Output: 503 "closed"
}

// Counter counts answers.
type Counter struct{ answers map[int]int }

// A hook sees every answer, here one that a route isn't there for, and may change
// it.
func ExampleOnResponse() {
	counter := &Counter{answers: map[int]int{}}
	show("/nowhere",
		fx.Supply(counter),
		spikard.OnResponse(func(_ api.Exchange, answer *spikard.Answer, c *Counter) {
			c.answers[answer.Status]++
			answer.ContentType, answer.Body = "text/plain", []byte("nothing here")
		}),
		spikard.Get("/orders/{id}", func(in GetOrder) int { return in.ID }),
	)
	fmt.Println(counter.answers)
	// Output:
	// 404 nothing here
	// map[404:1]
}

// OutOfStockError is an error that handlers give.
type OutOfStockError struct{ Left int }

func (e *OutOfStockError) Error() string { return fmt.Sprintf("only %d left", e.Left) }

// An error of a type is answered in one place, whichever handler gives it.
func ExampleHandleError() {
	show("/orders/7",
		spikard.HandleError(func(_ api.Exchange, err *OutOfStockError) *spikard.Reply {
			return &spikard.Reply{Status: http.StatusConflict, Body: map[string]int{"left": err.Left}}
		}),
		spikard.Get("/orders/{id}", func(in GetOrder) (int, error) {
			return 0, fmt.Errorf("order %d: %w", in.ID, &OutOfStockError{Left: 3})
		}),
	)
	// Output: 409 {"left":3}
}
