package embedded

import (
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/cpython"
)

// Module provides the in-process engine with the embedded CPython as its
// Python where nothing else is chosen: see [cpython.Options].
var Module = fx.Module("spikard.embedded",
	fx.Provide(fx.Annotate(
		func(options cpython.Options) *cpython.Engine {
			options.Embedded = Home
			return cpython.New(options)
		},
		fx.ParamTags(`optional:"true"`),
		fx.As(new(pybridge.Engine)),
	)),
)
