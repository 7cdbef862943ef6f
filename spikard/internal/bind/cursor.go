package bind

import (
	"encoding/binary"
	"math"

	"github.com/spikard/spikard-go/pybridge/wire"
	"github.com/spikard/spikard-go/spikard/internal/form"
)

// cursor reads the wire values that this package has just written, so it
// checks nothing.
type cursor struct {
	b    []byte
	form *form.Form
}

func (c *cursor) op() wire.Op {
	op := wire.Op(c.b[0])
	c.b = c.b[1:]
	return op
}

// absent reads an Absent, if that is what follows.
func (c *cursor) absent() bool { return c.skip(wire.Absent) }

// null reads a Null, if that is what follows.
func (c *cursor) null() bool { return c.skip(wire.Null) }

func (c *cursor) skip(op wire.Op) bool {
	if wire.Op(c.b[0]) != op {
		return false
	}
	c.b = c.b[1:]
	return true
}

func (c *cursor) u32() int {
	v := binary.LittleEndian.Uint32(c.b)
	c.b = c.b[4:]
	return int(v)
}

func (c *cursor) u64() uint64 {
	v := binary.LittleEndian.Uint64(c.b)
	c.b = c.b[8:]
	return v
}

func (c *cursor) f64() float64 { return math.Float64frombits(c.u64()) }

// run reads a count and as many bytes, which are valid as long as the writer's.
func (c *cursor) run() []byte {
	n := c.u32()
	out := c.b[:n:n]
	c.b = c.b[n:]
	return out
}
