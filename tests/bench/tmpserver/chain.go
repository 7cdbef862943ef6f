package main

import (
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/di"
)

// link is one of a chain of Go dependencies: link[[20]byte] needs link[[19]byte],
// and so on. Each is made for each request.
type link[N any] struct{ number int }

func next[N, Before any](before *link[Before]) *link[N] { return &link[N]{before.number + 1} }

// chain provides twenty of them. Python knows the last one as app.LastGo.
func chain() fx.Option {
	return fx.Options(
		di.Provide(func() *link[[1]byte] { return &link[[1]byte]{} }),
		di.Provide(next[[2]byte, [1]byte]), di.Provide(next[[3]byte, [2]byte]), di.Provide(next[[4]byte, [3]byte]),
		di.Provide(next[[5]byte, [4]byte]), di.Provide(next[[6]byte, [5]byte]), di.Provide(next[[7]byte, [6]byte]),
		di.Provide(next[[8]byte, [7]byte]), di.Provide(next[[9]byte, [8]byte]), di.Provide(next[[10]byte, [9]byte]),
		di.Provide(next[[11]byte, [10]byte]), di.Provide(next[[12]byte, [11]byte]), di.Provide(next[[13]byte, [12]byte]),
		di.Provide(next[[14]byte, [13]byte]), di.Provide(next[[15]byte, [14]byte]), di.Provide(next[[16]byte, [15]byte]),
		di.Provide(next[[17]byte, [16]byte]), di.Provide(next[[18]byte, [17]byte]), di.Provide(next[[19]byte, [18]byte]),
		di.Provide(next[[20]byte, [19]byte], di.As("app.LastGo")),
	)
}
