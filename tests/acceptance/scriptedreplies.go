package main

import (
	"fmt"
	"strings"
)

// scriptedReplies writes the replies of a handler that no rule covers: for each message
// that comes to it, what the session has the client receive before it sends the next
// one. What comes ahead of the first message is sent at the beginning. Answers to what
// doesn't come to a handler are left to the framework.
func scriptedReplies(r *Raw) (first, replies string) {
	var out strings.Builder
	var greeting, turn []string
	turns, handed := 0, true
	flush := func() {
		if turns == 0 {
			greeting = turn
		} else if handed {
			fmt.Fprintf(&out, "    lambda socket: reply(socket, %s),\n", strings.Join(turn, ", "))
		}
		turn = nil
	}
	for _, m := range r.Session.Messages {
		switch {
		case m.sent() && m.isData():
			flush()
			turns, handed = turns+1, r.handedOver(m)
		case !m.sent() && (m.isData() || m.FrameType == "close"):
			turn = append(turn, m.literal())
		}
	}
	flush()
	return greet(greeting), "[\n" + out.String() + "]\n" + replySource
}

func greet(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return "    await socket.accept()\n    await reply(socket, " + strings.Join(parts, ", ") + ")\n"
}

// replySource sends messages, and closes the session by a code and a reason.
const replySource = `

async def reply(socket, *parts):
    for part in parts:
        if isinstance(part, tuple):
            await socket.close(*part)
        else:
            await socket.send(part)
`

// literal is what the app sends, as Python source. Text is sent as it stands.
func (m RawMessage) literal() string {
	payload, err := m.payload()
	switch {
	case m.FrameType == "close" && m.CloseCode == 0:
		return "()"
	case m.FrameType == "close":
		return fmt.Sprintf("(%d, %s)", m.CloseCode, pythonString(m.CloseReason))
	case err == nil && m.isBinary():
		return pythonBytes(payload)
	}
	return pythonString(string(payload))
}
