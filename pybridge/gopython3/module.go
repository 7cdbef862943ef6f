package gopython3

import (
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/pybridge"
)

// Module provides the engine, with [cpython.Options] from the graph if there are any.
var Module = fx.Module("spikard.gopython3",
	fx.Provide(fx.Annotate(
		New,
		fx.ParamTags(`optional:"true"`),
		fx.As(new(pybridge.Engine)),
	)),
)
