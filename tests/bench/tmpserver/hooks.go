package main

import (
	"strconv"
	"time"

	"go.uber.org/fx"

	"github.com/spikard/spikard-go/spikard"
	"github.com/spikard/spikard-go/spikard/api"
)

// hooks are of one route, and do in Go what those of /hooks do in Python.
func hooks() fx.Option {
	only := spikard.Prefix("/hooks-go")
	return fx.Options(spikard.OnRequest(begin, only), spikard.OnResponse(end, only))
}

func begin(x api.Exchange) { x.Set("begun", time.Now()) }

func end(x api.Exchange, answer *spikard.Answer) {
	if begun, ok := x.Get("begun").(time.Time); ok {
		answer.Header.Set("X-Took", strconv.FormatInt(time.Since(begun).Microseconds(), 10))
	}
}
