package main

import (
	"fmt"
	"net/http"
	"strings"
)

// behavior is a scripted handler of messages.
type behavior struct {
	// annotation is that of the message, where it has one; receive is the socket's
	// method that gives the same.
	annotation, receive string
	// reply is Python source, or an empty text where there is no reply. asJSON says
	// that a message's own value is the reply: one of text alone would be sent as it
	// stands, and None not at all.
	reply  string
	asJSON bool
}

// behaviors by the names that cases give them. What goes by another name replies as
// its session says ([scriptedReplies]).
var behaviors = map[string]behavior{
	"echo":            {receive: "receive()", reply: "message", asJSON: true},
	"binary_echo":     {annotation: ": bytes", receive: "receive_bytes()", reply: "message"},
	"track_lifecycle": {receive: "receive()"},
	"no_response":     {receive: "receive()"},
	"subscribe_ack": {
		receive: "receive_json()",
		reply:   `{"type": "subscribed", "channel": message["channel"], "status": "ok"}`,
	},
}

// seenPath tells what the app has seen of its sessions.
const seenPath = "/seen-by-the-app"

// takesSocket says whether the handler may as well take the socket: it can where the
// framework has no answers of its own to messages.
func (r *Raw) takesSocket() bool {
	if _, ok := behaviors[r.Handler.Behavior]; !ok || len(r.Handler.MessageSchema) > 0 {
		return false
	}
	for _, m := range r.Session.Messages {
		if m.sent() && m.isData() && !r.handedOver(m) {
			return false
		}
	}
	return r.Handler.Route != ""
}

// handedOver says whether a message comes to a handler that takes messages.
func (r *Raw) handedOver(m RawMessage) bool {
	text, err := m.payload()
	if err != nil || m.isBinary() {
		return true
	}
	value, err := decodeJSON(text)
	return err == nil && (len(r.Handler.MessageSchema) == 0 || fits(r.Handler.MessageSchema, value))
}

// sessionApp writes the app of a session, and a route that tells what it has seen.
func sessionApp(c *Case) (string, error) {
	p, err := newProgram(c, false)
	if err != nil {
		return "", err
	}
	delete(p.names, "Response")
	b, known := behaviors[c.Raw.Handler.Behavior]
	own := "message" + b.annotation
	if c.App.blocking || !known {
		p.names["WebSocket"] = true
	}
	switch {
	case c.App.blocking:
		own = "socket: WebSocket"
	case !known:
		own = "message, socket: WebSocket"
	}
	signature, notes, err := p.injects(c, own)
	if err != nil {
		return "", err
	}
	p.before += "seen = {\"connect\": 0, \"disconnect\": 0, \"codes\": []" + map[bool]string{true: `, "noted": events`}[notes] + "}\n\n\n" +
		decorator(Route{Method: http.MethodGet, Path: seenPath}) + "\ndef tell():\n    return seen\n"
	switch {
	case c.App.blocking:
		p.names["WebSocketDisconnect"] = true
		p.handler = socketHandler(b, signature, notes)
	case known:
		p.before += lifecycle("", "", notes)
		p.handler = fmt.Sprintf("async def handler(%s):\n    return %s\n", signature, b.returned(p))
	default:
		first, replies := scriptedReplies(c.Raw)
		p.before += lifecycle("socket: WebSocket", first, notes) + "\n\nreplies = " + replies
		p.handler = fmt.Sprintf("async def handler(%s):\n    await replies.pop(0)(socket)\n", signature)
	}
	p.route = sessionDecorator(c)
	return p.source(), nil
}

// returned is what a handler that takes messages returns.
func (b behavior) returned(p *program) string {
	switch {
	case b.reply == "":
		return "None"
	case b.asJSON:
		p.stdlib["json"] = nil
		return fmt.Sprintf("json.dumps(%[1]s) if %[1]s is None or isinstance(%[1]s, str) else %[1]s", b.reply)
	}
	return b.reply
}

// sessionDecorator registers the handler. One that takes the socket sees for itself
// when its session begins and ends.
func sessionDecorator(c *Case) string {
	h := c.Raw.Handler
	args := []string{pythonString(h.Route)}
	if !c.App.blocking {
		args = append(args, "on_connect=connected", "on_disconnect=disconnected")
	}
	if len(h.MessageSchema) > 0 {
		args = append(args, "message_schema="+pythonLiteral(h.MessageSchema))
	}
	if len(h.Subprotocols) > 0 {
		args = append(args, "subprotocols="+pythonLiteral(h.Subprotocols))
	}
	return "@app.websocket(" + strings.Join(args, ", ") + ")"
}

// lifecycle writes what counts the sessions. first is what is done at the beginning.
func lifecycle(argument, first string, notes bool) string {
	return fmt.Sprintf("\n\nasync def connected(%s):\n    seen[\"connect\"] += 1\n%s\n\n"+
		"async def disconnected():\n%s    seen[\"disconnect\"] += 1\n", argument, first, noting(notes, "    "))
}

// socketHandler writes a handler that takes the socket.
func socketHandler(b behavior, signature string, notes bool) string {
	reply := ""
	if b.reply != "" {
		reply = "            await socket.send(" + b.reply + ")\n"
	}
	return fmt.Sprintf("async def handler(%s):\n    seen[\"connect\"] += 1\n    await socket.accept()\n    try:\n        while True:\n"+
		"            message = await socket.%s\n%s    except WebSocketDisconnect as gone:\n%s"+
		"        seen[\"codes\"].append(gone.code)\n        seen[\"disconnect\"] += 1\n", signature, b.receive, reply, noting(notes, "        "))
}
