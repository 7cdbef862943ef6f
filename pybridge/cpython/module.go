package cpython

import (
	"go.uber.org/fx"

	"github.com/spikard/spikard-go/pybridge"
)

// Module provides the in-process engine, with [Options] from the graph if
// there are any. Package embedded has a Module that brings a Python along.
var Module = fx.Module("spikard.cpython",
	fx.Provide(fx.Annotate(
		New,
		fx.ParamTags(`optional:"true"`),
		fx.As(new(pybridge.Engine)),
	)),
)
