package spikard

import (
	"encoding/binary"
	"io"
	"unicode/utf8"

	"github.com/coder/websocket"
)

// closeGuard sees to it that a close frame whose reason is not UTF-8 fails the session
// (RFC 6455, section 8.1). The library answers any close frame with the same one.
//
// A frame may come in several Writes, as one that is longer than the library's buffer
// does, so those that begin one are told by its length. A Write has bytes of one frame
// only, and the first all of its head: the library flushes its buffer behind each.
type closeGuard struct {
	io.Writer

	left uint64 // of the frame that has begun
}

// closeHead is the first byte of a close frame, and closePrefix what is before its
// reason: that byte, the length and the code.
const (
	closeHead   = 0x88
	closePrefix = 4
)

func (g *closeGuard) Write(p []byte) (int, error) {
	if g.left == 0 {
		if len(p) > closePrefix && p[0] == closeHead && !utf8.Valid(p[closePrefix:]) {
			return g.refuse(p)
		}
		g.left = frameSize(p)
	}
	g.left -= min(g.left, uint64(len(p)))
	return g.Writer.Write(p)
}

// refuse writes another close frame in place of one.
func (g *closeGuard) refuse(frame []byte) (int, error) {
	invalid := binary.BigEndian.AppendUint16([]byte{closeHead, 2}, uint16(websocket.StatusInvalidFramePayloadData))
	if _, err := g.Writer.Write(invalid); err != nil {
		return 0, err
	}
	return len(frame), nil
}

// frameSize reads the size of a server's frame, which is not masked, from its head
// (RFC 6455, section 5.2).
func frameSize(head []byte) uint64 {
	const short, long = 126, 127 // lengths of 16 and of 64 bits follow
	switch {
	case len(head) < 2:
		return 0
	case head[1] == short && len(head) >= 4:
		return 4 + uint64(binary.BigEndian.Uint16(head[2:]))
	case head[1] == long && len(head) >= 10:
		return 10 + binary.BigEndian.Uint64(head[2:])
	}
	return 2 + uint64(head[1])
}
