package spikard

import (
	"encoding/binary"
	"io"
	"unicode/utf8"

	"github.com/coder/websocket"
)

// closeGuard sees to it that a close frame whose reason is not UTF-8 fails the session
// (RFC 6455, section 8.1). The library answers any close frame with the same one, and
// each frame of the server's is one Write.
type closeGuard struct{ io.Writer }

// closeHead is the first byte of a close frame, and closePrefix what is before its
// reason: that byte, the length and the code.
const (
	closeHead   = 0x88
	closePrefix = 4
)

func (g closeGuard) Write(p []byte) (int, error) {
	if len(p) <= closePrefix || p[0] != closeHead || utf8.Valid(p[closePrefix:]) {
		return g.Writer.Write(p)
	}
	invalid := binary.BigEndian.AppendUint16([]byte{closeHead, 2}, uint16(websocket.StatusInvalidFramePayloadData))
	if _, err := g.Writer.Write(invalid); err != nil {
		return 0, err
	}
	return len(p), nil
}
