package pybridgetest

import (
	"strconv"

	"github.com/spikard/spikard-go/pybridge/wire"
)

func integer(n int) value { return func(w *wire.Writer) { w.Int(int64(n)) } }

func boolean(b bool) value { return func(w *wire.Writer) { w.Bool(b) } }

func itoa(n int) string { return strconv.Itoa(n) }

func str(s string) value { return func(w *wire.Writer) { w.Str(s) } }
